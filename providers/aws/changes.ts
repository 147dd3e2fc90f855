import type { ServiceKind } from "../../components/backend";

/**
 * What a change does.
 *
 * - `online`: applied at once, connections stay.
 * - `restart`: the server restarts, or fails over where there are several.
 * - `deferred`: accepted at once, in force after the next restart of the server, which nobody but you asks for.
 * - `replace`: another, empty service is made, and the old one deleted: refused unless `allowDataLoss` names "replacement".
 * - `never`: AWS or this package refuses it whatever you say.
 */
export type Effect = "online" | "restart" | "deferred" | "replace" | "never";

/** What becomes of one property of an AWS resource when it changes. */
export interface Change {
    /** Of the main resource: `aws.rds.Instance`, `aws.mq.Broker`, `aws.elasticache.ReplicationGroup`. */
    readonly property: string;
    /** What you write: an argument of the component, or a setting of the environment. Without one, it never changes by what you write. */
    readonly asked?: string;
    readonly effect: Effect;
    /** For critical services, whose `applyImmediately` is false, it waits for the maintenance window. */
    readonly waits?: true;
    /** One sentence for people, in the table of the README and in errors. */
    readonly consequence: string;
    readonly source: Source;
}

/** Where a fact comes from. */
export const sources = {
    /** `ForceNew` in the upstream provider's schema: a change replaces the resource. */
    forceNew: "terraform-provider-aws: ForceNew in the schema of the resource (internal/service/rds, mq, elasticache)",
    /** Code of the upstream provider beside the schema. */
    upstream: "terraform-provider-aws: the resource's own update and diff code",
    /** The documentation of the property in the SDK. */
    sdk: "@pulumi/aws 7.48: the property's documentation",
    /** AWS's user guides. */
    guide: "AWS's user guide: modifying a DB instance, a broker, a replication group",
    /** Nothing of AWS's: decided here. */
    ours: "this package",
} as const;
export type Source = keyof typeof sources;

const empty = "AWS would make another, empty one and delete this one.";

/** By kind, every property that this package sets on the main resource. A test compares it with the resources themselves. */
export const changes: Readonly<Record<ServiceKind, readonly Change[]>> = {
    database: [
        {
            property: "allocatedStorage",
            asked: "storageGb",
            effect: "online",
            consequence: "Storage grows while in use, at most once in six hours; it never shrinks.",
            source: "guide",
        },
        { property: "maxAllocatedStorage", asked: "maxStorageGb", effect: "online", consequence: "Another limit for the growth of storage.", source: "guide" },
        {
            property: "instanceClass",
            asked: "size, cpu, memoryGb, instanceClasses",
            effect: "restart",
            waits: true,
            consequence: "Another machine: minutes of downtime, with a second zone the seconds of a failover.",
            source: "guide",
        },
        {
            property: "engineVersion",
            asked: "version with allowMajorUpgrade",
            effect: "restart",
            consequence: "All servers are down while pg_upgrade runs; there is no way back but a snapshot.",
            source: "guide",
        },
        {
            property: "multiAz",
            asked: "highAvailability, durability",
            effect: "online",
            waits: true,
            consequence: "A standby is added or removed; latency may rise while it is made.",
            source: "guide",
        },
        { property: "parameterGroupName", asked: "version", effect: "restart", consequence: "Goes with another major version.", source: "guide" },
        {
            property: "port",
            asked: "port",
            effect: "restart",
            waits: true,
            consequence: "The server restarts on another port; all bindings change.",
            source: "guide",
        },
        {
            property: "kmsKeyId",
            asked: "kmsKeyArn",
            effect: "replace",
            consequence: `A database is encrypted with one key for life: ${empty}`,
            source: "forceNew",
        },
        { property: "storageEncrypted", effect: "replace", consequence: `Encryption is for life: ${empty}`, source: "forceNew" },
        { property: "username", effect: "replace", consequence: `The administrator's name is for life: ${empty}`, source: "forceNew" },
        { property: "engine", effect: "replace", consequence: `Another engine is another database: ${empty}`, source: "forceNew" },
        {
            property: "identifier",
            effect: "restart",
            consequence: "A rename is a reboot and another host name; this package never does it.",
            source: "upstream",
        },
        { property: "dbSubnetGroupName", effect: "never", consequence: "The group stays; its subnets change in place with subnetIds.", source: "upstream" },
        {
            property: "vpcSecurityGroupIds",
            effect: "online",
            consequence: "The group stays; its rules change in place with allowedCidrs and allowedSecurityGroupIds.",
            source: "guide",
        },
        { property: "storageType", effect: "online", consequence: "Storage is converted while in use, with less speed for hours.", source: "guide" },
        {
            property: "backupRetentionPeriod",
            asked: "backupRetentionDays, durability",
            effect: "online",
            consequence: "Older backups go, or are kept longer.",
            source: "guide",
        },
        { property: "backupWindow", asked: "backupWindow", effect: "online", consequence: "Backups are made at another time.", source: "guide" },
        {
            property: "maintenanceWindow",
            asked: "maintenanceWindow",
            effect: "online",
            consequence: "AWS restarts the server at another time.",
            source: "guide",
        },
        {
            property: "deletionProtection",
            asked: "deletionProtection, durability",
            effect: "online",
            consequence: "AWS refuses to delete the database, or doesn't any more.",
            source: "guide",
        },
        {
            property: "deleteAutomatedBackups",
            asked: "durability",
            effect: "online",
            consequence: "Decides whether backups outlive the database.",
            source: "sdk",
        },
        {
            property: "skipFinalSnapshot",
            asked: "durability",
            effect: "online",
            consequence: "Decides whether a snapshot is left when the database is deleted.",
            source: "sdk",
        },
        { property: "finalSnapshotIdentifier", effect: "online", consequence: "The name of that snapshot.", source: "sdk" },
        { property: "copyTagsToSnapshot", effect: "online", consequence: "Snapshots carry the tags.", source: "guide" },
        { property: "enabledCloudwatchLogsExports", effect: "online", consequence: "Logs go to CloudWatch.", source: "guide" },
        {
            property: "iamDatabaseAuthenticationEnabled",
            effect: "online",
            consequence: "AWS's own identities may log in where PostgreSQL grants it.",
            source: "guide",
        },
        { property: "monitoringInterval", effect: "online", consequence: "Seconds between figures of the operating system.", source: "guide" },
        { property: "monitoringRoleArn", effect: "online", consequence: "The role that writes them.", source: "guide" },
        { property: "performanceInsightsEnabled", effect: "online", consequence: "The load by query is recorded.", source: "guide" },
        { property: "performanceInsightsKmsKeyId", effect: "never", consequence: "Once set it can't be changed; it goes with kmsKeyArn.", source: "sdk" },
        { property: "performanceInsightsRetentionPeriod", effect: "online", consequence: "Days that these records are kept.", source: "sdk" },
        { property: "databaseInsightsMode", effect: "online", consequence: "The free form of Database Insights.", source: "sdk" },
        {
            property: "manageMasterUserPassword",
            effect: "online",
            consequence: "Secrets Manager keeps and rotates the administrator's password.",
            source: "sdk",
        },
        { property: "masterUserSecretKmsKeyId", effect: "online", consequence: "The key of that secret; it goes with kmsKeyArn.", source: "sdk" },
        {
            property: "autoMinorVersionUpgrade",
            effect: "online",
            consequence: "Minor versions are applied in the maintenance window, with a restart.",
            source: "guide",
        },
        { property: "allowMajorVersionUpgrade", asked: "allowMajorUpgrade", effect: "online", consequence: "Changes nothing by itself.", source: "sdk" },
        { property: "applyImmediately", asked: "durability", effect: "online", consequence: "Decides when the changes that wait are made.", source: "sdk" },
        {
            property: "engineLifecycleSupport",
            effect: "never",
            consequence: "Chosen at the first up: no paid support of old versions; RDS moves to a newer version at the end of the old one's life.",
            source: "guide",
        },
        { property: "publiclyAccessible", effect: "online", consequence: "Always false.", source: "guide" },
        { property: "tags", asked: "tags", effect: "online", consequence: "Other tags.", source: "guide" },
    ],
    queue: [
        {
            property: "hostInstanceType",
            asked: "size, cpu, memoryGb, instanceClasses",
            effect: "restart",
            waits: true,
            consequence: "Another machine: the broker reboots, one node after the other in a cluster.",
            source: "guide",
        },
        {
            property: "engineVersion",
            asked: "version",
            effect: "never",
            consequence: "Amazon MQ moves no living broker from RabbitMQ 3.13 to 4.2.",
            source: "guide",
        },
        {
            property: "deploymentMode",
            asked: "highAvailability, durability",
            effect: "replace",
            consequence: `One node or three is decided for life: ${empty} Its queues and messages are lost.`,
            source: "forceNew",
        },
        {
            property: "subnetIds",
            asked: "subnetIds",
            effect: "replace",
            consequence: `A broker stays in its subnets: ${empty} Its queues and messages are lost.`,
            source: "forceNew",
        },
        {
            property: "encryptionOptions",
            asked: "kmsKeyArn",
            effect: "replace",
            consequence: `A broker is encrypted with one key for life: ${empty} Its queues and messages are lost.`,
            source: "forceNew",
        },
        { property: "brokerName", effect: "replace", consequence: `The name is for life: ${empty}`, source: "forceNew" },
        { property: "engineType", effect: "replace", consequence: `Another engine is another broker: ${empty}`, source: "forceNew" },
        { property: "publiclyAccessible", effect: "replace", consequence: "Always false.", source: "forceNew" },
        { property: "authenticationStrategy", effect: "replace", consequence: "Always simple.", source: "forceNew" },
        {
            property: "users",
            effect: "never",
            consequence: "Amazon MQ takes users of RabbitMQ at creation and refuses later changes; bindings are made over the management API.",
            source: "upstream",
        },
        {
            property: "configuration",
            asked: "settings",
            effect: "restart",
            waits: true,
            consequence: "The broker reboots with the new configuration.",
            source: "guide",
        },
        { property: "logs", effect: "restart", waits: true, consequence: "Logs go to CloudWatch after a reboot.", source: "guide" },
        {
            property: "securityGroups",
            effect: "online",
            consequence: "The group stays; its rules change in place with allowedCidrs and allowedSecurityGroupIds.",
            source: "upstream",
        },
        {
            property: "maintenanceWindowStartTime",
            asked: "maintenanceWindow",
            effect: "online",
            consequence: "AWS reboots the broker at another time.",
            source: "guide",
        },
        {
            property: "autoMinorVersionUpgrade",
            effect: "online",
            consequence: "Patch versions are applied in the maintenance window; RabbitMQ 3.13 and newer must have it.",
            source: "guide",
        },
        { property: "applyImmediately", asked: "durability", effect: "online", consequence: "Decides when the changes that wait are made.", source: "sdk" },
        { property: "tags", asked: "tags", effect: "online", consequence: "Other tags.", source: "guide" },
    ],
    cache: [
        {
            property: "nodeType",
            asked: "size, cpu, memoryGb, instanceClasses",
            effect: "restart",
            waits: true,
            consequence: "Data move to another machine while in use; connections break for a moment at the end.",
            source: "guide",
        },
        {
            property: "engineVersion",
            asked: "version with allowMajorUpgrade",
            effect: "restart",
            consequence: "Data move to the new version while in use, with a failover; an older version would replace the cache and is refused.",
            source: "guide",
        },
        { property: "numCacheClusters", asked: "highAvailability, durability", effect: "online", consequence: "A replica is added or removed.", source: "sdk" },
        {
            property: "automaticFailoverEnabled",
            asked: "highAvailability, durability",
            effect: "online",
            waits: true,
            consequence: "A replica takes over when the primary fails, or doesn't any more.",
            source: "guide",
        },
        {
            property: "multiAzEnabled",
            asked: "highAvailability, durability",
            effect: "online",
            waits: true,
            consequence: "The replica is in another zone, or need not be.",
            source: "guide",
        },
        {
            property: "parameterGroupName",
            asked: "version",
            effect: "online",
            consequence: "Goes with another major version; settings and evictionPolicy change within the group, online.",
            source: "guide",
        },
        {
            property: "kmsKeyId",
            asked: "kmsKeyArn",
            effect: "replace",
            consequence: `A cache is encrypted with one key for life: ${empty} Its keys are lost.`,
            source: "forceNew",
        },
        { property: "atRestEncryptionEnabled", effect: "replace", consequence: `Encryption is for life: ${empty}`, source: "forceNew" },
        { property: "port", effect: "replace", consequence: `The port is for life: ${empty}`, source: "forceNew" },
        { property: "replicationGroupId", effect: "replace", consequence: `The name is for life: ${empty}`, source: "forceNew" },
        { property: "subnetGroupName", effect: "replace", consequence: "The group stays; its subnets change in place with subnetIds.", source: "forceNew" },
        { property: "engine", effect: "never", consequence: "Always valkey.", source: "ours" },
        { property: "transitEncryptionEnabled", effect: "never", consequence: "Always on.", source: "sdk" },
        { property: "transitEncryptionMode", effect: "never", consequence: "Always required: plaintext is refused.", source: "sdk" },
        { property: "userGroupIds", effect: "online", consequence: "The group stays; bindings are its members.", source: "sdk" },
        {
            property: "securityGroupIds",
            effect: "online",
            consequence: "The group stays; its rules change in place with allowedCidrs and allowedSecurityGroupIds.",
            source: "guide",
        },
        {
            property: "snapshotRetentionLimit",
            asked: "backupRetentionDays, durability",
            effect: "online",
            consequence: "Older snapshots go, or are kept longer.",
            source: "sdk",
        },
        { property: "snapshotWindow", asked: "backupWindow", effect: "online", consequence: "Snapshots are made at another time.", source: "guide" },
        {
            property: "finalSnapshotIdentifier",
            asked: "durability",
            effect: "online",
            consequence: "Decides whether a snapshot is left when the cache is deleted.",
            source: "sdk",
        },
        { property: "maintenanceWindow", asked: "maintenanceWindow", effect: "online", consequence: "AWS restarts nodes at another time.", source: "guide" },
        { property: "logDeliveryConfigurations", effect: "online", consequence: "Logs go to CloudWatch.", source: "guide" },
        { property: "autoMinorVersionUpgrade", effect: "online", consequence: "Minor versions are applied in the maintenance window.", source: "sdk" },
        { property: "applyImmediately", asked: "durability", effect: "online", consequence: "Decides when the changes that wait are made.", source: "sdk" },
        { property: "description", effect: "online", consequence: "A text.", source: "guide" },
        { property: "tags", asked: "tags", effect: "online", consequence: "Other tags.", source: "guide" },
    ],
};

/** Changes of what isn't a property of the main resource. */
export const otherChanges: readonly (Pick<Change, "asked" | "effect" | "consequence"> & { readonly kinds: readonly ServiceKind[] })[] = [
    { asked: "region", kinds: ["database", "queue", "cache"], effect: "replace", consequence: "The service would start empty in another region." },
    { asked: "subnetIds", kinds: ["database", "cache"], effect: "online", consequence: "The subnet group changes; servers that run stay where they are." },
    {
        asked: "allowedCidrs, allowedSecurityGroupIds",
        kinds: ["database", "queue", "cache"],
        effect: "online",
        consequence: "Who may connect; open connections stay.",
    },
    {
        asked: "settings",
        kinds: ["database"],
        effect: "online",
        consequence: "Parameters that PostgreSQL can reload are in force at once; the others are `deferred` to the next restart: `aws rds reboot-db-instance`.",
    },
    { asked: "settings, evictionPolicy", kinds: ["cache"], effect: "online", consequence: "Parameters change at once." },
    { asked: "logRetentionDays", kinds: ["database", "cache"], effect: "online", consequence: "Older logs go, or are kept longer." },
    {
        asked: "a binding's access, permissions, keys",
        kinds: ["database", "queue", "cache"],
        effect: "online",
        consequence: "The user has the new rights; open connections stay.",
    },
    {
        asked: "a binding's rotation",
        kinds: ["database", "queue", "cache"],
        effect: "online",
        consequence: "A new user; the old one goes when all consumers have moved.",
    },
];

/** What a change of something that a user writes does, by the name under which it is written; `fixed` of `AwsInstance` has such names. */
export function changeOf(kind: ServiceKind, asked: string): { readonly consequence: string } {
    const named = (text: string | undefined) => (text ?? "").split(", ").includes(asked);
    const found =
        changes[kind].find((change) => change.effect === "replace" && named(change.asked)) ??
        otherChanges.find((change) => change.effect === "replace" && named(change.asked) && change.kinds.includes(kind)) ??
        changes[kind].find(({ property }) => property === asked);
    return found ?? { consequence: empty };
}
