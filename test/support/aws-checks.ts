import type { Durability, ServiceKind } from "./aws-programs";

/**
 * What the usual scanners look for, written down from their own lists and not from our code: AWS's Foundational Security Best Practices (RDS.3, MQ.2,
 * ElastiCache.4, …), CIS AWS Foundations 6 and 7, Checkov (CKV), Trivy (AWS-…), Prowler.
 */
export interface AwsCheck {
    readonly kind: ServiceKind;
    /** The last part of the resource's type token. All resources of it must pass. */
    readonly type: string;
    /** Where in its inputs. */
    readonly path: string;
    readonly passes: (value: unknown) => boolean;
    readonly ids: readonly string[];
    /** Where it isn't for services of this durability, on purpose: throw-away data, or one server. */
    readonly exempt?: readonly Durability[];
}

const on = (value: unknown) => value === true;
const off = (value: unknown) => value === false;
const is = (wanted: unknown) => (value: unknown) => value === wanted;
const given = (value: unknown) => typeof value === "string" && value !== "";
const atLeast = (least: number) => (value: unknown) => typeof value === "number" && value >= least;
const contains =
    (...wanted: readonly string[]) =>
    (value: unknown) =>
        Array.isArray(value) && wanted.every((one) => value.includes(one));
const ownKey = (value: unknown) => typeof value === "string" && /^arn:aws[a-z-]*:kms:.*:key\//.test(value);
const nowhereOpen = (value: unknown) => value === undefined || (value !== "0.0.0.0/0" && value !== "::/0");
const parameter = (name: string, passes: (value: unknown) => boolean) => (value: unknown) =>
    Array.isArray(value) && value.some((one) => one.name === name && passes(one.value));

const single: readonly Durability[] = ["ephemeral", "standard"];
const throwAway: readonly Durability[] = ["ephemeral"];

function instance(path: string, passes: AwsCheck["passes"], ids: readonly string[], exempt: readonly Durability[] = []): AwsCheck {
    return { kind: "database", type: "Instance", path, passes, ids, exempt };
}
function broker(path: string, passes: AwsCheck["passes"], ids: readonly string[], exempt: readonly Durability[] = []): AwsCheck {
    return { kind: "queue", type: "Broker", path, passes, ids, exempt };
}
function group(path: string, passes: AwsCheck["passes"], ids: readonly string[], exempt: readonly Durability[] = []): AwsCheck {
    return { kind: "cache", type: "ReplicationGroup", path, passes, ids, exempt };
}
const kinds: readonly ServiceKind[] = ["database", "queue", "cache"];
const logged: readonly ServiceKind[] = ["database", "cache"];

export const awsChecks: readonly AwsCheck[] = [
    instance("publiclyAccessible", off, ["RDS.2", "CIS 3.2.3", "CKV_AWS_17", "AWS-0180", "rds_instance_no_public_access"]),
    instance("storageEncrypted", on, ["RDS.3", "CIS 3.2.1", "CKV_AWS_16", "AWS-0080"]),
    instance("kmsKeyId", ownKey, ["configure-customer-managed-key"]),
    instance("multiAz", on, ["RDS.5", "CIS 3.2.4", "CKV_AWS_157"], single),
    instance("monitoringInterval", (value) => [1, 5, 10, 15, 30, 60].includes(value as number), ["RDS.6", "CKV_AWS_118"]),
    instance("monitoringRoleArn", given, ["RDS.6"]),
    instance("deletionProtection", on, ["RDS.8", "CKV_AWS_293", "AWS-0177"], throwAway),
    instance("enabledCloudwatchLogsExports", contains("postgresql", "upgrade"), ["RDS.9", "RDS.36", "CKV_AWS_129"]),
    instance("iamDatabaseAuthenticationEnabled", on, ["RDS.10", "CKV_AWS_161", "AWS-0176"]),
    instance("backupRetentionPeriod", atLeast(7), ["RDS.11", "AWS-0077"], throwAway),
    instance("backupRetentionPeriod", atLeast(1), ["CKV_AWS_133"]),
    instance("autoMinorVersionUpgrade", on, ["RDS.13", "CIS 3.2.2", "CKV_AWS_226"]),
    instance("copyTagsToSnapshot", on, ["RDS.17", "CKV2_AWS_60"]),
    instance("dbSubnetGroupName", given, ["RDS.18"]),
    instance("port", (value) => typeof value === "number" && value !== 5432, ["RDS.23", "rds_instance_non_default_port"]),
    instance("username", (value) => typeof value === "string" && !["postgres", "admin"].includes(value), ["RDS.25", "rds_instance_default_admin"]),
    instance("parameterGroupName", (value) => typeof value === "string" && !value.startsWith("default."), ["RDS.38", "CKV2_AWS_69"]),
    instance("performanceInsightsEnabled", on, ["CKV_AWS_353", "AWS-0133"]),
    instance("performanceInsightsKmsKeyId", ownKey, ["CKV_AWS_354", "AWS-0078"]),
    instance("caCertIdentifier", (value) => value === undefined || /^rds-ca-(rsa2048|rsa4096|ecc384)-g1$/.test(String(value)), ["CKV_AWS_211"]),
    instance("engineVersion", (value) => Number(value) >= 14, ["CKV_AWS_250", "rds_instance_deprecated_engine_version", "rds_instance_extended_support"]),
    instance("tags", (value) => Object.keys(value as object).length > 0, ["RDS.28"]),
    instance("manageMasterUserPassword", on, ["no password in the state"]),
    instance("password", is(undefined), ["no password in the state"]),
    instance("masterUserSecretKmsKeyId", ownKey, ["the secret has the customer's key"]),
    instance("engineLifecycleSupport", is("open-source-rds-extended-support-disabled"), ["no paid support by surprise"]),
    instance("storageType", is("gp3"), ["gp3"]),
    instance("maxAllocatedStorage", atLeast(22), ["storage grows before the server stops"]),
    instance("skipFinalSnapshot", off, ["a snapshot is left"], throwAway),
    instance("finalSnapshotIdentifier", given, ["a snapshot is left"], throwAway),
    instance("deleteAutomatedBackups", off, ["backups outlive the database"], throwAway),
    {
        kind: "database",
        type: "ParameterGroup",
        path: "parameters",
        passes: parameter("rds.force_ssl", is("1")),
        ids: ["RDS.38", "CKV2_AWS_69", "rds_instance_transport_encrypted"],
    },
    { kind: "database", type: "ParameterGroup", path: "parameters", passes: parameter("log_statement", (value) => value !== "none"), ids: ["CKV2_AWS_30"] },
    {
        kind: "database",
        type: "ParameterGroup",
        path: "parameters",
        passes: parameter("log_min_duration_statement", (value) => Number(value) >= 0),
        ids: ["CKV2_AWS_30"],
    },
    { kind: "database", type: "Role", path: "assumeRolePolicy", passes: (value) => String(value).includes("aws:SourceAccount"), ids: ["confused deputy"] },

    broker("autoMinorVersionUpgrade", on, ["MQ.3", "CKV_AWS_207"]),
    broker("publiclyAccessible", off, ["CKV_AWS_69", "AWS-0072", "mq_broker_not_publicly_accessible"]),
    broker("logs.general", on, ["CKV_AWS_48", "AWS-0071", "mq_broker_logging_enabled"]),
    // MQ.2, CKV_AWS_197 and AWS-0070 ask for it of ActiveMQ; for RabbitMQ it is an error.
    broker("logs.audit", is(undefined), ["valid for RabbitMQ"]),
    broker("encryptionOptions.kmsKeyId", ownKey, ["CKV_AWS_209"]),
    broker("encryptionOptions.useAwsOwnedKey", off, ["CKV_AWS_209"]),
    broker("deploymentMode", is("CLUSTER_MULTI_AZ"), ["MQ.6", "mq_broker_cluster_deployment_mode"], single),
    broker("engineVersion", (value) => value === "3.13" || value === "4.2", ["CKV_AWS_208"]),
    broker("tags", (value) => Object.keys(value as object).length > 0, ["MQ.4"]),
    broker("securityGroups", (value) => Array.isArray(value) && value.length === 1, ["a group of its own"]),
    broker("users.0.password", is("[secret]"), ["no password in plain text"]),

    group("atRestEncryptionEnabled", on, ["ElastiCache.4", "CKV_AWS_29", "AWS-0045"]),
    group("kmsKeyId", ownKey, ["CKV_AWS_191"]),
    group("transitEncryptionEnabled", on, ["ElastiCache.5", "CKV_AWS_30", "AWS-0051"]),
    group("transitEncryptionMode", is("required"), ["ElastiCache.5"]),
    group("userGroupIds", (value) => Array.isArray(value) && value.length === 1, ["ElastiCache.6", "CKV_AWS_31"]),
    group("authToken", is(undefined), ["users of their own"]),
    group("automaticFailoverEnabled", on, ["ElastiCache.3", "CKV2_AWS_50"], single),
    group("multiAzEnabled", on, ["ElastiCache.3", "CKV2_AWS_50", "elasticache_redis_cluster_multi_az_enabled"], single),
    group("numCacheClusters", atLeast(2), ["ElastiCache.3"], single),
    group("snapshotRetentionLimit", atLeast(7), ["ElastiCache.1", "AWS-0050", "CKV_AWS_134", "elasticache_redis_cluster_backup_enabled"], throwAway),
    group("autoMinorVersionUpgrade", on, ["ElastiCache.2", "CKV_AWS_322"]),
    group("subnetGroupName", (value) => given(value) && value !== "default", ["ElastiCache.7", "CKV_AWS_323"]),
    group("logDeliveryConfigurations", (value) => ["engine-log", "slow-log"].every((log) => JSON.stringify(value).includes(log)), ["logs are kept"]),
    group("finalSnapshotIdentifier", given, ["a snapshot is left"], throwAway),
    group("engine", is("valkey"), ["valkey"]),
    { kind: "cache", type: "User", path: "authenticationMode.passwords.0", passes: is("[secret]"), ids: ["no password in plain text"] },

    ...kinds.flatMap((kind): AwsCheck[] => [
        { kind, type: "Key", path: "enableKeyRotation", passes: on, ids: ["KMS.4", "CIS 3.6", "CKV_AWS_7", "AWS-0065"] },
        { kind, type: "Key", path: "policy", passes: (value) => given(value) && !/"AWS":"\*"/.test(String(value)), ids: ["CKV2_AWS_64", "CKV_AWS_33"] },
        { kind, type: "SecurityGroup", path: "description", passes: given, ids: ["CKV_AWS_23", "AWS-0099"] },
        { kind, type: "SecurityGroup", path: "ingress", passes: is(undefined), ids: ["EC2.18"] },
        { kind, type: "SecurityGroup", path: "egress", passes: is(undefined), ids: ["CKV_AWS_382", "AWS-0104"] },
        { kind, type: "SecurityGroupIngressRule", path: "description", passes: given, ids: ["CKV_AWS_23", "AWS-0124"] },
        { kind, type: "SecurityGroupIngressRule", path: "cidrIpv4", passes: nowhereOpen, ids: ["EC2.18", "EC2.19", "AWS-0107"] },
        { kind, type: "SecurityGroupIngressRule", path: "ipProtocol", passes: is("tcp"), ids: ["EC2.18"] },
    ]),
    ...logged.flatMap((kind): AwsCheck[] => [
        { kind, type: "LogGroup", path: "retentionInDays", passes: atLeast(365), ids: ["CloudWatch.16", "CKV_AWS_338"], exempt: throwAway },
        { kind, type: "LogGroup", path: "retentionInDays", passes: atLeast(1), ids: ["CKV_AWS_66"] },
        { kind, type: "LogGroup", path: "kmsKeyId", passes: ownKey, ids: ["CKV_AWS_158", "AWS-0017"] },
    ]),
];
