import type { Key } from "@pulumi/aws/kms/key";
import * as pulumi from "@pulumi/pulumi";
import { isProtected } from "../../components/durability";
import type { Groundwork } from "./groundwork";

/** The key of a service: the one that the environment names, or one of its own. */
export function encryptionKey(ground: Groundwork): { readonly arn: pulumi.Input<string>; readonly key?: Key } {
    const { ctx, config, account, tags, name } = ground;
    if (config.kmsKeyArn !== undefined) {
        return { arn: config.kmsKeyArn };
    }
    const { Key: KmsKey } = require("@pulumi/aws/kms/key") as typeof import("@pulumi/aws/kms/key");
    const { Alias } = require("@pulumi/aws/kms/alias") as typeof import("@pulumi/aws/kms/alias");
    const kept = isProtected(ctx.durability);
    const key = new KmsKey(
        ctx.childName("key"),
        {
            description: `Data of the ${ctx.kind} ${ctx.service}`,
            enableKeyRotation: true,
            deletionWindowInDays: kept ? 30 : 7,
            policy: pulumi.all([account.partition, account.accountId, account.region, account.dnsSuffix]).apply(keyPolicy),
            tags,
        },
        // Snapshots that outlive the service can be read with its key only.
        ground.options("stateful", kept ? { retainOnDelete: true } : {}),
    );
    new Alias(ctx.childName("key-alias"), { name: pulumi.interpolate`alias/${name}`, targetKeyId: key.keyId }, ground.options("support"));
    return { arn: key.arn, key };
}

/** The account decides who uses the key, by IAM; CloudWatch Logs uses it for the account's log groups. */
function keyPolicy([partition, account, region, dnsSuffix]: [string, string, string, string]): string {
    return JSON.stringify({
        Version: "2012-10-17",
        Statement: [
            { Sid: "Account", Effect: "Allow", Principal: { AWS: `arn:${partition}:iam::${account}:root` }, Action: "kms:*", Resource: "*" },
            {
                Sid: "Logs",
                Effect: "Allow",
                Principal: { Service: `logs.${region}.${dnsSuffix}` },
                Action: ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                Resource: "*",
                Condition: { ArnLike: { "kms:EncryptionContext:aws:logs:arn": `arn:${partition}:logs:${region}:${account}:log-group:*` } },
            },
        ],
    });
}
