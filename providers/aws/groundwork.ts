import type { Key } from "@pulumi/aws/kms/key";
import * as pulumi from "@pulumi/pulumi";
import type { Context, ResourcePurpose, ServiceSpec } from "../../components/backend";
import { identifier } from "../../components/names";
import { type Account, accountOf, plainRegion } from "./account";
import type { AwsConfig } from "./config";
import { encryptionKey } from "./encryption";
import { isForTrials, machineFor } from "./machines";
import { AwsInstance } from "./resources";
import { engineVersions, majorsOf } from "./versions";

/** What the resources of one service have in common. */
export interface Groundwork {
    readonly ctx: Context;
    readonly spec: ServiceSpec;
    readonly config: AwsConfig;
    readonly account: Account;
    readonly instance: AwsInstance;
    /** More than one server. */
    readonly redundant: boolean;
    /** The name of the AWS resources, 32 characters at most. */
    readonly name: pulumi.Output<string>;
    /** The major version. */
    readonly version: pulumi.Output<string>;
    /** The version as AWS calls it. */
    readonly engineVersion: pulumi.Output<string>;
    /** The class of its machines. */
    readonly machine: pulumi.Output<string>;
    /** The service's own key, where the environment names none. */
    readonly key: Key | undefined;
    readonly keyArn: pulumi.Input<string>;
    readonly tags: Readonly<Record<string, string>>;
    /**
     * Whether changes that restart servers are made by `up` itself. They are, so that what `up` says is true when it is over; but not for
     * critical services, which wait for the maintenance window, unless a major upgrade was allowed.
     */
    readonly applyImmediately: boolean;
    /** What this package chose for the service at its first `up`. */
    choice(what: string): pulumi.Output<string>;
    options(purpose: ResourcePurpose, more?: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions;
}

/** How one kind is laid out. */
export interface Layout {
    /** What this package chooses, by what it is chosen for; kept for the life of a service. */
    readonly choices?: Readonly<Record<string, string>>;
    /** What AWS can't change of a living service, beside the key and the region. */
    readonly fixed?: Readonly<Record<string, string>>;
}

/** What stands in `fixed` for a key of the service's own. */
const ownKey = "a key of its own";

/** The checks against the last `up`, the key, and what all resources of the service are made of. */
export function layGroundwork(ctx: Context, config: AwsConfig, spec: ServiceSpec, layout: Layout): Groundwork {
    const account = accountOf(config);
    const versions = engineVersions[ctx.kind];
    // Whatever else the machine is chosen by is in the name of the choice, and nothing more: else a change beside it would choose anew.
    const sizing = `machine for ${spec.size.cpu} vCPU, ${spec.size.memoryGb} GiB${ctx.kind === "queue" && isForTrials(spec) ? ", for trials" : ""}`;
    const region = plainRegion(config);
    const instance = new AwsInstance(
        ctx.childName("instance"),
        {
            kind: ctx.kind,
            service: ctx.service,
            durability: ctx.durability,
            // Names of AWS hold no two hyphens in a row. 40 characters are what ElastiCache takes: the base, "-2", and a role of up to 8.
            base: ctx.instanceId.apply((id) => `${identifier(ctx.service, "-", 20)}-${id}`.replace(/-{2,}/g, "-")),
            version: spec.version,
            newestVersion: majorsOf(ctx.kind).at(-1) as string,
            allowMajorUpgrade: spec.allowMajorUpgrade,
            allowDataLoss: spec.allowDataLoss,
            choices: {
                ...Object.fromEntries(Object.entries(versions).map(([major, version]) => [`engine ${major}`, version])),
                [sizing]: machineFor(ctx.kind, spec)?.name ?? "none",
                ...layout.choices,
            },
            fixed: { kmsKeyArn: config.kmsKeyArn ?? ownKey, ...(region === undefined ? {} : { region }), ...layout.fixed },
        },
        ctx.options("support"),
    );
    const choice = (what: string) => instance.choices.apply((choices) => choices?.[what] as string);
    const options: Groundwork["options"] = (purpose, more) =>
        ctx.options(purpose, {
            ...more,
            ...(account.provider === undefined ? {} : { provider: account.provider }),
            // The provider deletes first what a program names itself. A replaced service has other names: the old one goes when the new one is there.
            deleteBeforeReplace: false,
        });
    const named = config.instanceClasses?.[ctx.service];
    const ground = {
        ctx,
        spec,
        config,
        account,
        instance,
        redundant: isRedundant(spec),
        name: instance.name,
        version: instance.version,
        engineVersion: pulumi.all([instance.version, instance.choices]).apply(([version, choices]) => choices?.[`engine ${version}`] as string),
        machine: named === undefined ? choice(sizing) : pulumi.output(named),
        key: undefined,
        keyArn: "",
        tags: { ...spec.tags, "managed-by": "pulumi-data-services", "data-service": ctx.service },
        applyImmediately: spec.durability !== "critical" || spec.allowMajorUpgrade,
        choice,
        options,
    };
    const { arn, key } = encryptionKey(ground);
    return { ...ground, key, keyArn: arn };
}

/** Whether a service has more than one server. */
export function isRedundant({ highAvailability, durability }: ServiceSpec): boolean {
    return highAvailability || durability === "critical";
}
