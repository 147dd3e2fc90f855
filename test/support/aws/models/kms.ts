import type { Model } from "../model";
import type { Failure } from "../shapes";
import { text, UNKNOWN, type Value, type Values } from "../values";

export const key: Model = {
    rules: [
        { property: "deletionWindowInDays", between: [7, 30] },
        { property: "description", length: [0, 8192] },
        { property: "rotationPeriodInDays", between: [90, 2560] },
        { property: "keyUsage", oneOf: ["ENCRYPT_DECRYPT", "SIGN_VERIFY", "GENERATE_VERIFY_MAC", "KEY_AGREEMENT"] },
    ],
    check: (inputs) => [
        ...lockedOut(inputs),
        ...(inputs.rotationPeriodInDays !== undefined && inputs.enableKeyRotation !== true
            ? [{ property: "rotationPeriodInDays", reason: "it needs enableKeyRotation: true" }]
            : []),
    ],
    make(inputs, { account, region, random }) {
        const id = `${random(8)}-${random(4)}-${random(4)}-${random(4)}-${random(12)}`;
        const everyone = JSON.stringify({
            Version: "2012-10-17",
            Statement: [{ Effect: "Allow", Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: "kms:*", Resource: "*" }],
        });
        return {
            id,
            outputs: {
                arn: `arn:aws:kms:${region}:${account}:key/${id}`,
                description: inputs.description ?? "",
                keyId: id,
                multiRegion: inputs.multiRegion ?? false,
                policy: inputs.policy ?? everyone,
                rotationPeriodInDays: inputs.rotationPeriodInDays ?? (inputs.enableKeyRotation === true ? 365 : 0),
            },
        };
    },
};

export const alias: Model = {
    name: { property: "name", longest: 256, transform: (name) => `alias/${name}` },
    rules: [
        {
            property: "name",
            matches: /^alias\/(?!aws\/)[0-9A-Za-z/_-]{1,250}$/,
            says: "expected alias/ and letters, digits, slashes, hyphens and underscores; alias/aws/ is AWS's own",
        },
    ],
    make: (inputs, { account, region }) => ({
        id: text(inputs.name),
        outputs: {
            arn: `arn:aws:kms:${region}:${account}:${text(inputs.name)}`,
            namePrefix: "",
            targetKeyArn: text(inputs.targetKeyId).startsWith("arn:")
                ? text(inputs.targetKeyId)
                : `arn:aws:kms:${region}:${account}:key/${text(inputs.targetKeyId)}`,
        },
    }),
};

/** AWS refuses a policy that doesn't let whoever makes the key change it later. */
function lockedOut({ policy, bypassPolicyLockoutSafetyCheck }: Values): Failure[] {
    if (policy === undefined || policy === UNKNOWN || bypassPolicyLockoutSafetyCheck === true) return [];
    const document = (typeof policy === "string" ? parse(policy) : policy) as { Statement?: Value } | undefined;
    const statements = [document?.Statement ?? []].flat() as { Action?: Value }[];
    const allowed = statements.flatMap(({ Action }) => [Action ?? []].flat());
    const can = allowed.some((action) => action === "kms:*" || action === "kms:PutKeyPolicy" || action === "kms:Put*");
    return can
        ? []
        : [{ property: "policy", reason: "MalformedPolicyDocumentException: The new key policy will not allow you to update the key policy in the future." }];
}

function parse(document: string): unknown {
    try {
        return JSON.parse(document);
    } catch {
        return undefined;
    }
}
