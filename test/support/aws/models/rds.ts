import { randomBytes } from "node:crypto";
import type { Model, World } from "../model";
import { find, type Recorded, users } from "../recording";
import type { Failure } from "../shapes";
import { list, text, UNKNOWN, type Values } from "../values";
import { makeMaster, removeAll } from "./postgresql-server";

/** The newest minor version of each major one, for requests that name none. Any older minor one is taken too. */
const MINOR: Readonly<Record<string, number>> = { 13: 22, 14: 20, 15: 15, 16: 11, 17: 7, 18: 1 };

const ENGINES = ["postgres"];
const identifier = /^[a-z](?!.*--)[0-9a-z-]*(?<!-)$/;
const snapshotIdentifier = /^[A-Za-z](?!.*--)[0-9A-Za-z-]*(?<!-)$/;
const onceADay = /^([01]\d|2[0-3]):[0-5]\d-([01]\d|2[0-3]):[0-5]\d$/;
const onceAWeek = /^(mon|tue|wed|thu|fri|sat|sun):\d\d:\d\d-(mon|tue|wed|thu|fri|sat|sun):\d\d:\d\d$/i;

/** Words that PostgreSQL on RDS keeps for itself. */
const RESERVED_USERS = ["admin", "rdsadmin", "postgres_rds", "rds_superuser"];

export const instance: Model = {
    name: { property: "identifier", longest: 63, transform: lowerHyphens },
    rules: [
        { property: "allocatedStorage", between: [20, 65536] },
        { property: "backupRetentionPeriod", between: [0, 35] },
        { property: "backupWindow", matches: onceADay, says: "expected hh24:mi-hh24:mi, in UTC" },
        { property: "caCertIdentifier", oneOf: ["rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1", "rds-ca-ecc384-g1"] },
        { property: "databaseInsightsMode", oneOf: ["standard", "advanced"] },
        {
            property: "dbName",
            matches: /^[A-Za-z_][0-9A-Za-z_]{0,62}$/,
            says: "expected a letter or underscore, then letters, digits and underscores; 63 in all",
        },
        { property: "enabledCloudwatchLogsExports", oneOf: ["postgresql", "upgrade", "iam-db-auth-error"] },
        { property: "engine", oneOf: ENGINES },
        { property: "engineLifecycleSupport", oneOf: ["open-source-rds-extended-support", "open-source-rds-extended-support-disabled"] },
        {
            property: "finalSnapshotIdentifier",
            matches: snapshotIdentifier,
            says: "expected letters, digits and single hyphens, a letter first and no hyphen last",
        },
        { property: "finalSnapshotIdentifier", length: [1, 255] },
        { property: "identifier", matches: identifier, says: "expected lower-case letters, digits and single hyphens, a letter first and no hyphen last" },
        { property: "identifier", length: [1, 63] },
        { property: "instanceClass", matches: /^db\.[a-z0-9]+\.[a-z0-9]+$/, says: "expected an instance class such as db.t4g.small" },
        {
            property: "kmsKeyId",
            matches: /^arn:aws[\w-]*:kms:/,
            says: "expected the ARN of a key: an id or an alias would replace the instance at the next update",
        },
        { property: "maintenanceWindow", matches: onceAWeek, says: "expected ddd:hh24:mi-ddd:hh24:mi, in UTC" },
        { property: "monitoringInterval", oneOf: [0, 1, 5, 10, 15, 30, 60] },
        { property: "networkType", oneOf: ["IPV4", "DUAL"] },
        { property: "performanceInsightsRetentionPeriod", oneOf: [7, 731, ...Array.from({ length: 23 }, (_, index) => 31 * (index + 1))] },
        { property: "password", length: [8, 128] },
        { property: "port", between: [1150, 65535] },
        { property: "storageType", oneOf: ["gp2", "gp3", "io1", "io2", "standard"] },
        { property: "username", matches: /^[A-Za-z][0-9A-Za-z_]{0,62}$/, says: "expected a letter, then letters, digits and underscores; 63 in all" },
    ],
    deferred: [
        "allocatedStorage",
        "dbSubnetGroupName",
        "engineVersion",
        "instanceClass",
        "iops",
        "multiAz",
        "parameterGroupName",
        "port",
        "storageThroughput",
        "storageType",
    ],
    check: checkInstance,

    async make(inputs, world) {
        refuseMissingGroups(inputs, world.recorded);
        const id = `db-${world.random(26).toUpperCase()}`;
        const name = text(inputs.identifier);
        const real = world.servers.database;
        const endpoint = real ?? { host: `${name}.c${world.random(11)}.${world.region}.rds.amazonaws.com`, port: Number(inputs.port ?? 5432) };
        const secret = inputs.manageMasterUserPassword === true ? manageSecret(inputs, world) : undefined;
        if (real) await makeMaster(real, inputs, secret?.password ?? text(inputs.passwordWo ?? inputs.password));
        return {
            id,
            outputs: {
                address: endpoint.host,
                arn: arn(world, `db:${name}`),
                availabilityZone: inputs.availabilityZone ?? `${world.region}a`,
                backupRetentionPeriod: inputs.backupRetentionPeriod ?? 0,
                backupTarget: inputs.backupTarget ?? "region",
                backupWindow: inputs.backupWindow ?? "03:11-03:41",
                caCertIdentifier: inputs.caCertIdentifier ?? "rds-ca-rsa2048-g1",
                characterSetName: "",
                databaseInsightsMode: inputs.databaseInsightsMode ?? "standard",
                dbName: inputs.dbName ?? "",
                dbSubnetGroupName: inputs.dbSubnetGroupName ?? "default",
                domainFqdn: "",
                endpoint: `${endpoint.host}:${endpoint.port}`,
                engineLifecycleSupport: inputs.engineLifecycleSupport ?? "open-source-rds-extended-support",
                ...versions(inputs.engineVersion),
                hostedZoneId: "Z1TTGA775OQIYO",
                identifier: name,
                identifierPrefix: "",
                iops: inputs.iops ?? (inputs.storageType === "gp3" ? 3000 : 0),
                kmsKeyId: inputs.storageEncrypted === true ? (inputs.kmsKeyId ?? `arn:aws:kms:${world.region}:${world.account}:key/${world.random(32)}`) : "",
                latestRestorableTime: "",
                licenseModel: "postgresql-license",
                listenerEndpoints: [],
                maintenanceWindow: text(inputs.maintenanceWindow).toLowerCase() || "sun:04:20-sun:04:50",
                masterUserSecrets: secret ? [secret.output] : [],
                masterUserSecretKmsKeyId: inputs.masterUserSecretKmsKeyId ?? "",
                monitoringRoleArn: inputs.monitoringRoleArn ?? "",
                multiAz: inputs.multiAz ?? false,
                ncharCharacterSetName: "",
                networkType: inputs.networkType ?? "IPV4",
                optionGroupName: inputs.optionGroupName ?? `default:postgres-${major(inputs.engineVersion)}`,
                parameterGroupName: inputs.parameterGroupName ?? `default.postgres${major(inputs.engineVersion)}`,
                performanceInsightsKmsKeyId: inputs.performanceInsightsKmsKeyId ?? "",
                performanceInsightsRetentionPeriod: inputs.performanceInsightsRetentionPeriod ?? (inputs.performanceInsightsEnabled === true ? 7 : 0),
                port: endpoint.port,
                replicaMode: "",
                replicas: [],
                resourceId: id,
                snapshotIdentifier: inputs.snapshotIdentifier ?? "",
                status: "available",
                storageThroughput: inputs.storageThroughput ?? (inputs.storageType === "gp3" ? 125 : 0),
                storageType: inputs.storageType ?? "gp2",
                timezone: "",
                upgradeRolloutOrder: "second",
                vpcSecurityGroupIds: inputs.vpcSecurityGroupIds ?? [],
            },
        };
    },

    change(olds, news, world) {
        refuseMissingGroups(news, world.recorded);
        const [from, to] = [Number(olds.allocatedStorage), Number(news.allocatedStorage ?? olds.allocatedStorage)];
        if (to < from) throw new Error(`InvalidParameterValue: Invalid storage size: storage can't be reduced from ${from} to ${to} GiB`);
        const [before, after] = [major(olds.engineVersion), major(news.engineVersion ?? olds.engineVersion)];
        if (Number(after) < Number(before)) throw new Error(`InvalidParameterCombination: Cannot upgrade postgres from ${before} to ${after}`);
        if (after !== before && news.allowMajorVersionUpgrade !== true) {
            throw new Error("InvalidParameterCombination: The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version.");
        }
        if (
            news.performanceInsightsKmsKeyId !== undefined &&
            olds.performanceInsightsKmsKeyId !== "" &&
            news.performanceInsightsKmsKeyId !== olds.performanceInsightsKmsKeyId
        ) {
            throw new Error("InvalidParameterCombination: You cannot change your Performance Insights KMS key.");
        }
        const renamed = news.identifier !== undefined && news.identifier !== olds.identifier;
        const host = renamed && !world.servers.database ? text(olds.address).replace(/^[^.]*/, text(news.identifier)) : text(olds.address);
        const port = world.servers.database ? olds.port : (news.port ?? olds.port);
        return {
            ...(news.engineVersion === undefined ? {} : versions(news.engineVersion)),
            ...(news.maintenanceWindow === undefined ? {} : { maintenanceWindow: text(news.maintenanceWindow).toLowerCase() }),
            address: host,
            endpoint: `${host}:${port}`,
            port,
            ...(renamed ? { arn: arn(world, `db:${text(news.identifier)}`) } : {}),
        };
    },

    remove(object, world, state) {
        const { recorded } = world;
        // What AWS knows decides about protection; what the state says decides about the snapshot, as upstream sends it.
        if (object.properties.deletionProtection === true) {
            throw new Error("InvalidParameterCombination: Cannot delete protected DB Instance, please disable deletion protection and try again.");
        }
        if (state.skipFinalSnapshot !== true) {
            const snapshot = text(state.finalSnapshotIdentifier);
            if (snapshot === "") throw new Error("final_snapshot_identifier is required when skip_final_snapshot is false");
            if (recorded.snapshots[snapshot] !== undefined) {
                throw new Error(`DBSnapshotAlreadyExists: Cannot create the snapshot because a snapshot with the identifier ${snapshot} already exists.`);
            }
            recorded.snapshots[snapshot] = object.id;
        }
        for (const secret of list(object.properties.masterUserSecrets)) {
            delete recorded.secrets[(secret as { secretArn: string }).secretArn];
        }
    },

    async gone(_object, { servers }) {
        if (servers.database) await removeAll(servers.database);
    },
};

export const subnetGroup: Model = {
    name: { property: "name", longest: 255, transform: (name) => name.toLowerCase() },
    rules: [
        {
            property: "name",
            matches: /^(?!default$)[0-9a-z_ .-]{1,255}$/,
            says: "expected lower-case letters, digits, hyphens, underscores, periods and spaces, and not default",
        },
    ],
    check: (inputs) => twoSubnets(inputs),
    make: (inputs, world) => ({
        id: text(inputs.name),
        outputs: { arn: arn(world, `subgrp:${text(inputs.name)}`), namePrefix: "", supportedNetworkTypes: ["IPV4"], vpcId: "vpc-0a1b2c3d4e5f60718" },
    }),
    remove({ id }, { recorded }) {
        refuseWhileUsed(recorded, "aws:rds/instance:Instance", "dbSubnetGroupName", id, "InvalidDBSubnetGroupStateFault: Cannot delete the subnet group");
    },
};

export const parameterGroup: Model = {
    name: { property: "name", longest: 255, transform: lowerHyphens },
    rules: [
        {
            property: "name",
            matches: /^[a-z](?!.*--)[0-9a-z.-]{0,254}(?<!-)$/,
            says: "expected lower-case letters, digits, periods and single hyphens, a letter first and no hyphen last",
        },
        { property: "family", oneOf: Object.keys(MINOR).map((one) => `postgres${one}`) },
        { property: "parameters.applyMethod", oneOf: ["immediate", "pending-reboot"] },
        { property: "parameters.name", matches: /^[a-z0-9_.]+$/, says: "expected the name of a parameter" },
    ],
    check: (inputs) => staticParameters(inputs),
    make: (inputs, world) => ({ id: text(inputs.name), outputs: { arn: arn(world, `pg:${text(inputs.name)}`), namePrefix: "" } }),
    remove({ id }, { recorded }) {
        refuseWhileUsed(
            recorded,
            "aws:rds/instance:Instance",
            "parameterGroupName",
            id,
            "InvalidDBParameterGroupState: One or more database instances are still members of this parameter group",
        );
    },
};

/** Parameters that PostgreSQL reads at its start only; RDS refuses to apply them at once. From the documentation of RDS and of PostgreSQL. */
const STATIC_PARAMETERS = [
    "autovacuum_freeze_max_age",
    "autovacuum_max_workers",
    "max_connections",
    "max_locks_per_transaction",
    "max_prepared_transactions",
    "max_replication_slots",
    "max_wal_senders",
    "max_worker_processes",
    "rds.logical_replication",
    "shared_buffers",
    "shared_preload_libraries",
    "track_activity_query_size",
    "wal_buffers",
];

function staticParameters(inputs: Values): Failure[] {
    return list(inputs.parameters).flatMap((one) => {
        const { name, applyMethod } = (one ?? {}) as { name?: string; applyMethod?: string };
        const wrong = name !== undefined && STATIC_PARAMETERS.includes(name) && applyMethod !== "pending-reboot" && applyMethod !== UNKNOWN;
        return wrong ? [{ property: "parameters", reason: `"${name}" is a static parameter: it needs applyMethod "pending-reboot"` }] : [];
    });
}

function checkInstance(inputs: Values, recorded: Recorded): Failure[] {
    const fails: Failure[] = [];
    const fail = (property: string, reason: string) => void fails.push({ property, reason });
    const fresh = inputs.snapshotIdentifier === undefined && inputs.replicateSourceDb === undefined && inputs.restoreToPointInTime === undefined;
    for (const needed of ["engine", "username", "allocatedStorage"]) {
        if (fresh && inputs[needed] === undefined) fail(needed, "it is required unless the instance is made from a snapshot or another instance");
    }
    if (fresh && inputs.manageMasterUserPassword !== true && inputs.password === undefined && inputs.passwordWo === undefined) {
        fail("password", "one of manageMasterUserPassword, passwordWo and password is required");
    }
    if (RESERVED_USERS.includes(text(inputs.username).toLowerCase())) fail("username", `"${text(inputs.username)}" is a word that RDS keeps for itself`);
    if (text(inputs.username).startsWith("pg_")) fail("username", "pg_ begins the names of PostgreSQL's own roles");
    for (const reason of checkVersion(inputs.engineVersion)) fail("engineVersion", reason);
    if (Number(inputs.monitoringInterval ?? 0) > 0 && inputs.monitoringRoleArn === undefined)
        fail("monitoringRoleArn", "it is required when monitoringInterval isn't 0");
    if (inputs.kmsKeyId !== undefined && inputs.storageEncrypted !== true) fail("kmsKeyId", "it needs storageEncrypted: true");
    if (inputs.performanceInsightsKmsKeyId !== undefined && inputs.performanceInsightsEnabled !== true)
        fail("performanceInsightsKmsKeyId", "it needs performanceInsightsEnabled: true");
    if (inputs.databaseInsightsMode === "advanced" && Number(inputs.performanceInsightsRetentionPeriod ?? 0) < 465) {
        fail("performanceInsightsRetentionPeriod", 'databaseInsightsMode "advanced" keeps at least 465 days');
    }
    if (inputs.passwordWo !== undefined && inputs.passwordWoVersion === undefined) fail("passwordWoVersion", "passwordWo needs it");
    if (inputs.masterUserSecretKmsKeyId !== undefined && inputs.manageMasterUserPassword !== true)
        fail("masterUserSecretKmsKeyId", "it needs manageMasterUserPassword: true");
    const [allocated, most] = [Number(inputs.allocatedStorage ?? 0), Number(inputs.maxAllocatedStorage ?? 0)];
    if (most !== 0 && most < allocated * 1.1) fail("maxAllocatedStorage", `it must be at least 10% above allocatedStorage, which is ${allocated}`);
    if (inputs.storageType === "gp3" && allocated < 400 && (inputs.iops !== undefined || inputs.storageThroughput !== undefined)) {
        fail(
            inputs.iops === undefined ? "storageThroughput" : "iops",
            "gp3 storage of less than 400 GiB has 3000 IOPS and 125 MiB/s, and takes no other figures",
        );
    }
    if (/^io/.test(text(inputs.storageType)) && inputs.iops === undefined) fail("iops", `storageType "${text(inputs.storageType)}" needs it`);
    const windows = [text(inputs.backupWindow), text(inputs.maintenanceWindow)] as const;
    if (windows.every((one) => one !== "" && one !== UNKNOWN) && overlap(...windows)) fail("backupWindow", "it must not overlap maintenanceWindow");
    const group = recorded.objects.find(({ type, id }) => type === "aws:rds/parameterGroup:ParameterGroup" && id === inputs.parameterGroupName);
    if (group && inputs.engineVersion !== undefined && group.properties.family !== `postgres${major(inputs.engineVersion)}`) {
        fail("parameterGroupName", `the group is of ${text(group.properties.family)}, and the engine is postgres ${text(inputs.engineVersion)}`);
    }
    return fails;
}

/** What AWS answers when an instance names a group that isn't there; one that a platform team made beforehand is told by its name. */
function refuseMissingGroups(inputs: Values, recorded: Recorded): void {
    const groups = [
        ["dbSubnetGroupName", "aws:rds/subnetGroup:SubnetGroup", "DBSubnetGroupNotFoundFault"],
        ["parameterGroupName", "aws:rds/parameterGroup:ParameterGroup", "DBParameterGroupNotFound"],
    ] as const;
    for (const [property, type, code] of groups) {
        const name = text(inputs[property]);
        if (name !== "" && !/^(given-|default)/.test(name) && !find(recorded, type, name)) throw new Error(`${code}: ${name} doesn't exist`);
    }
}

function checkVersion(version: Values[string]): string[] {
    if (version === undefined || version === null || version === UNKNOWN) return [];
    const [, one = "", minor] = /^(\d+)(?:\.(\d+))?$/.exec(text(version)) ?? [];
    const newest = MINOR[one];
    if (newest === undefined) return [`Cannot find version ${text(version)} for postgres; there are: ${Object.keys(MINOR).join(", ")}`];
    return minor !== undefined && Number(minor) > newest ? [`Cannot find version ${text(version)} for postgres; the newest is ${one}.${newest}`] : [];
}

/** `engineVersion` stays as it was asked for; what runs is beside it. */
function versions(asked: Values[string]): Values {
    const version = text(asked) || `17.${MINOR[17]}`;
    return { engineVersion: version, engineVersionActual: version.includes(".") ? version : `${version}.${MINOR[version]}` };
}

function major(version: Values[string]): string {
    return text(version).split(".")[0] || "17";
}

function manageSecret(inputs: Values, world: World) {
    const secretArn = `arn:aws:secretsmanager:${world.region}:${world.account}:secret:rds!db-${world.random(32)}-${world.random(6)}`;
    // Of the kind that RDS makes: punctuation that breaks a URI which isn't encoded.
    const password = `${randomBytes(12).toString("hex")}:[)#?<`;
    world.recorded.secrets[secretArn] = { username: text(inputs.username), password };
    const kmsKeyId = text(inputs.masterUserSecretKmsKeyId) || `arn:aws:kms:${world.region}:${world.account}:key/aws-secretsmanager`;
    return { password, output: { kmsKeyId, secretArn, secretStatus: "active" } };
}

/** Minutes since Sunday night; a daily window happens on every day. */
function overlap(daily: string, weekly: string): boolean {
    const days = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
    const minute = (time: string) => Number(time.slice(0, 2)) * 60 + Number(time.slice(3, 5));
    const [from = "", to = ""] = weekly.toLowerCase().split("-");
    const start = days.indexOf(from.slice(0, 3)) * 1440 + minute(from.slice(4));
    const length = (days.indexOf(to.slice(0, 3)) * 1440 + minute(to.slice(4)) - start + 10080) % 10080;
    const [open = "", close = ""] = daily.split("-");
    const lasts = (minute(close) - minute(open) + 1440) % 1440;
    return days.some((_, day) => {
        const begins = day * 1440 + minute(open);
        return (begins - start + 10080) % 10080 < length || (start - begins + 10080) % 10080 < lasts;
    });
}

function twoSubnets(inputs: Values): Failure[] {
    return list(inputs.subnetIds).length < 2 && inputs.subnetIds !== UNKNOWN
        ? [{ property: "subnetIds", reason: "DBSubnetGroupDoesNotCoverEnoughAZs: the subnets must be in at least two availability zones" }]
        : [];
}

function refuseWhileUsed(recorded: Recorded, type: "aws:rds/instance:Instance", property: string, id: string, message: string): void {
    const [user] = users(recorded, type, property, id);
    if (user) throw new Error(`${message} ${id}: ${text(user.properties.identifier)} uses it`);
}

function arn({ region, account }: World, rest: string): string {
    return `arn:aws:rds:${region}:${account}:${rest}`;
}

function lowerHyphens(name: string): string {
    return name.toLowerCase().replace(/[^0-9a-z-]+/g, "-");
}
