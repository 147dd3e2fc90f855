import type { Provider } from "@pulumi/aws/provider";
import * as pulumi from "@pulumi/pulumi";
import type { AwsConfig } from "./config";

/** Where the resources of a service are made. */
export interface Account {
    /** Undefined where the environment names neither region nor profile: then it is Pulumi's own default provider of AWS. */
    readonly provider: Provider | undefined;
    readonly accountId: pulumi.Output<string>;
    /** "aws", "aws-cn", "aws-us-gov": the first part of every ARN. */
    readonly partition: pulumi.Output<string>;
    /** "amazonaws.com", and another one in China. */
    readonly dnsSuffix: pulumi.Output<string>;
    readonly region: pulumi.Output<string>;
}

const accounts = new WeakMap<object, Map<string, Account>>();
/** Stands for a program that runs without an engine. */
const noProgram = {};

/** The account and the region of an environment; asked for once in a program. */
export function accountOf({ region, profile }: Pick<AwsConfig, "region" | "profile">): Account {
    // Several programs may run in one process; with mocks, only the monitor tells them apart.
    const program = pulumi.runtime.getStackResource() ?? pulumi.runtime.getMonitor() ?? noProgram;
    const known = accounts.get(program) ?? new Map<string, Account>();
    accounts.set(program, known);
    const name = ["data-services-aws", ...(profile === undefined ? [] : [profile]), ...(region === undefined ? [] : [region])].join("-");
    const found = known.get(name);
    if (found) {
        return found;
    }
    const account = openAccount(name, region, profile);
    known.set(name, account);
    return account;
}

function openAccount(name: string, region: string | undefined, profile: string | undefined): Account {
    const { Provider: AwsProvider } = require("@pulumi/aws/provider") as typeof import("@pulumi/aws/provider");
    const { getCallerIdentityOutput } = require("@pulumi/aws/getCallerIdentity") as typeof import("@pulumi/aws/getCallerIdentity");
    const { getPartitionOutput } = require("@pulumi/aws/getPartition") as typeof import("@pulumi/aws/getPartition");
    const { getRegionOutput } = require("@pulumi/aws/getRegion") as typeof import("@pulumi/aws/getRegion");
    const named = region !== undefined || profile !== undefined;
    const provider = named
        ? new AwsProvider(name, {
              ...(region === undefined ? {} : { region: region as NonNullable<import("@pulumi/aws/provider").ProviderArgs["region"]> }),
              ...(profile === undefined ? {} : { profile }),
          })
        : undefined;
    const options: pulumi.InvokeOutputOptions = provider === undefined ? {} : { provider };
    const partition = getPartitionOutput({}, options);
    return {
        provider,
        accountId: getCallerIdentityOutput({}, options).accountId,
        partition: partition.partition,
        dnsSuffix: partition.dnsSuffix,
        region: region === undefined ? getRegionOutput({}, options).region : pulumi.output(region),
    };
}

/**
 * The region as far as it is known before anything is asked of AWS: what a living service is compared with. Another one on the next machine that
 * runs `up` would be another region to Pulumi's default provider too, which would make everything anew there.
 */
export function plainRegion({ region }: Pick<AwsConfig, "region">): string | undefined {
    return region ?? new pulumi.Config("aws").get("region") ?? process.env.AWS_REGION ?? process.env.AWS_DEFAULT_REGION;
}
