import type { Model, World } from "../model";
import { find, type Recorded, users } from "../recording";
import type { Failure } from "../shapes";
import { holdsUnknown, isObject, list, text, UNKNOWN, type Value, type Values } from "../values";

const FAMILIES = ["redis5.0", "redis6.x", "redis7", "valkey7", "valkey8", "valkey9"];
const VERSIONS: Readonly<Record<string, readonly string[]>> = { valkey: ["7.2", "8.0", "8.1", "8.2", "9.0"], redis: ["6.2", "7.0", "7.1"] };
const groupId = /^[a-z](?!.*--)[0-9a-z-]{0,39}(?<!-)$/;
const userId = /^[A-Za-z](?!.*--)[0-9A-Za-z-]{0,39}(?<!-)$/;
const encoded = /^[^,"/@]{16,128}$/;

export const replicationGroup: Model = {
    name: { property: "replicationGroupId", longest: 40, transform: lowerHyphens },
    rules: [
        { property: "authToken", matches: encoded, says: 'expected 16 to 128 characters, without commas, ", / and @' },
        { property: "authTokenUpdateStrategy", oneOf: ["SET", "ROTATE", "DELETE"] },
        { property: "clusterMode", oneOf: ["enabled", "disabled", "compatible"] },
        { property: "engine", oneOf: ["redis", "valkey"] },
        {
            property: "kmsKeyId",
            matches: /^arn:aws[\w-]*:kms:/,
            says: "expected the ARN of a key: an id or an alias would replace the group at the next update",
        },
        { property: "logDeliveryConfigurations.destinationType", oneOf: ["cloudwatch-logs", "kinesis-firehose"] },
        { property: "logDeliveryConfigurations.logFormat", oneOf: ["json", "text"] },
        { property: "logDeliveryConfigurations.logType", oneOf: ["slow-log", "engine-log"] },
        {
            property: "maintenanceWindow",
            matches: /^(mon|tue|wed|thu|fri|sat|sun):\d\d:\d\d-(mon|tue|wed|thu|fri|sat|sun):\d\d:\d\d$/i,
            says: "expected ddd:hh24:mi-ddd:hh24:mi, in UTC",
        },
        { property: "nodeType", matches: /^cache\.[a-z0-9]+\.[a-z0-9]+$/, says: "expected a node type such as cache.t4g.small" },
        { property: "numCacheClusters", between: [1, 6] },
        {
            property: "replicationGroupId",
            matches: groupId,
            says: "expected up to 40 lower-case letters, digits and single hyphens, a letter first and no hyphen last",
        },
        { property: "snapshotRetentionLimit", between: [0, 35] },
        { property: "snapshotWindow", matches: /^\d\d:\d\d-\d\d:\d\d$/, says: "expected hh24:mi-hh24:mi, in UTC" },
        { property: "transitEncryptionMode", oneOf: ["preferred", "required"] },
    ],
    deferred: ["engineVersion", "nodeType", "parameterGroupName"],
    check: checkGroup,
    replaces: (olds, news) => {
        const engine = news.engine !== undefined && news.engine !== olds.engine && !(olds.engine === "redis" && news.engine === "valkey");
        const older = number(news.engineVersion) < number(olds.engineVersion);
        const early = news.transitEncryptionEnabled !== olds.transitEncryptionEnabled && number(olds.engineVersion) < number("7.0.5");
        const shards = news.nodeGroupConfigurations !== undefined && olds.nodeGroupConfigurations === undefined;
        return Object.entries({ engine, engineVersion: older, transitEncryptionEnabled: early, nodeGroupConfigurations: shards }).flatMap(([name, yes]) =>
            yes ? [name] : [],
        );
    },

    make(inputs, world) {
        const id = text(inputs.replicationGroupId).toLowerCase();
        const zone = `${world.random(6)}.euw1.cache.amazonaws.com`;
        const real = world.servers.cache;
        const count = Number(inputs.numCacheClusters ?? 1);
        const engine = text(inputs.engine) || "redis";
        const encrypted = inputs.transitEncryptionEnabled ?? engine === "valkey";
        return {
            id,
            outputs: {
                arn: arn(world, `replicationgroup:${id}`),
                applyImmediately: inputs.applyImmediately ?? false,
                atRestEncryptionEnabled: inputs.atRestEncryptionEnabled ?? engine === "valkey",
                autoMinorVersionUpgrade: inputs.autoMinorVersionUpgrade ?? true,
                clusterEnabled: false,
                clusterMode: inputs.clusterMode ?? "disabled",
                configurationEndpointAddress: "",
                dataTieringEnabled: inputs.dataTieringEnabled ?? false,
                durability: inputs.durability ?? "",
                engine,
                engineVersion: inputs.engineVersion ?? (VERSIONS[engine]?.at(-1) as string),
                engineVersionActual: `${text(inputs.engineVersion) || VERSIONS[engine]?.at(-1)}.0`,
                globalReplicationGroupId: "",
                ipDiscovery: inputs.ipDiscovery ?? "ipv4",
                maintenanceWindow: text(inputs.maintenanceWindow).toLowerCase() || "sun:05:00-sun:06:00",
                memberClusters: Array.from({ length: count }, (_, index) => `${id}-${String(index + 1).padStart(3, "0")}`),
                networkType: inputs.networkType ?? "ipv4",
                nodeGroupConfigurations: inputs.nodeGroupConfigurations ?? [],
                nodeType: inputs.nodeType ?? "cache.t4g.small",
                numCacheClusters: count,
                numNodeGroups: 1,
                parameterGroupName: inputs.parameterGroupName ?? `default.${engine}${text(inputs.engineVersion).split(".")[0]}`,
                port: real?.port ?? inputs.port ?? 6379,
                primaryEndpointAddress: real?.host ?? `master.${id}.${zone}`,
                readerEndpointAddress: real?.host ?? `replica.${id}.${zone}`,
                replicasPerNodeGroup: count - 1,
                replicationGroupId: id,
                securityGroupIds: inputs.securityGroupIds ?? [],
                securityGroupNames: [],
                snapshotWindow: inputs.snapshotWindow ?? "02:30-03:30",
                subnetGroupName: inputs.subnetGroupName ?? "default",
                transitEncryptionEnabled: encrypted,
                transitEncryptionMode: encrypted === true ? (inputs.transitEncryptionMode ?? "required") : "",
            },
        };
    },

    change(olds, news) {
        if (news.transitEncryptionEnabled === true && olds.transitEncryptionEnabled === false && news.transitEncryptionMode !== "preferred") {
            throw new Error(
                'InvalidParameterCombination: to turn encryption in transit on, set transitEncryptionMode to "preferred" first and to "required" in a second update',
            );
        }
        const count = Number(news.numCacheClusters ?? olds.numCacheClusters);
        const id = text(olds.replicationGroupId);
        return { memberClusters: Array.from({ length: count }, (_, index) => `${id}-${String(index + 1).padStart(3, "0")}`), replicasPerNodeGroup: count - 1 };
    },

    remove({ id }, { recorded }, state) {
        const snapshot = text(state.finalSnapshotIdentifier);
        if (snapshot === "") return;
        if (recorded.snapshots[snapshot] !== undefined) throw new Error(`SnapshotAlreadyExistsFault: Snapshot ${snapshot} already exists`);
        recorded.snapshots[snapshot] = id;
    },
};

export const subnetGroup: Model = {
    name: { property: "name", longest: 255, transform: lowerHyphens },
    rules: [{ property: "name", matches: /^(?!default$)[0-9a-z-]{1,255}$/i, says: "expected letters, digits and hyphens, and not default" }],
    make: (inputs, world) => ({
        id: text(inputs.name).toLowerCase(),
        outputs: { arn: arn(world, `subnetgroup:${text(inputs.name)}`), vpcId: "vpc-0a1b2c3d4e5f60718" },
    }),
    remove: ({ id }, { recorded }) => refuseWhileUsed(recorded, "subnetGroupName", id, "CacheSubnetGroupInUse"),
};

export const parameterGroup: Model = {
    name: { property: "name", longest: 255, transform: lowerHyphens },
    rules: [
        {
            property: "name",
            matches: /^[a-z](?!.*--)[0-9a-z-]{0,254}(?<!-)$/i,
            says: "expected letters, digits and single hyphens, a letter first and no hyphen last",
        },
        { property: "family", oneOf: FAMILIES },
    ],
    make: (inputs, world) => ({ id: text(inputs.name).toLowerCase(), outputs: { arn: arn(world, `parametergroup:${text(inputs.name)}`) } }),
    remove: ({ id }, { recorded }) => refuseWhileUsed(recorded, "parameterGroupName", id, "InvalidCacheParameterGroupState"),
};

export const user: Model = {
    rules: [
        { property: "accessString", matches: /^(on|off)\s\S/, says: "expected an access string, which begins with on or off" },
        { property: "authenticationMode.type", oneOf: ["password", "no-password-required", "iam"] },
        { property: "authenticationMode.passwords", matches: encoded, says: 'expected 16 to 128 characters, without commas, ", / and @' },
        { property: "engine", oneOf: ["redis", "valkey", "REDIS", "VALKEY"] },
        { property: "passwords", matches: encoded, says: 'expected 16 to 128 characters, without commas, ", / and @' },
        { property: "passwordsWo", length: [16, 128] },
        { property: "userId", matches: userId, says: "expected up to 40 letters, digits and single hyphens, a letter first and no hyphen last" },
        { property: "userName", length: [1, 120] },
    ],
    check: checkUser,
    make: (inputs, world) => ({
        id: text(inputs.userId),
        outputs: { arn: arn(world, `user:${text(inputs.userId)}`), authenticationMode: describeMode(inputs) },
    }),
    remove({ id }, { recorded }) {
        // AWS takes a deleted user out of its groups; one named default has to stay in them.
        for (const group of users(recorded, "aws:elasticache/userGroup:UserGroup", "userIds", id)) {
            group.properties.userIds = list(group.properties.userIds).filter((one) => one !== id);
        }
    },
};

export const userGroup: Model = {
    rules: [
        { property: "engine", oneOf: ["redis", "valkey", "REDIS", "VALKEY"] },
        { property: "userGroupId", matches: userId, says: "expected up to 40 letters, digits and single hyphens, a letter first and no hyphen last" },
    ],
    check: checkUserGroup,
    make: (inputs, world) => ({ id: text(inputs.userGroupId), outputs: { arn: arn(world, `usergroup:${text(inputs.userGroupId)}`) } }),
    remove: ({ id }, { recorded }) => refuseWhileUsed(recorded, "userGroupIds", id, "InvalidUserGroupState"),
};

export const userGroupAssociation: Model = {
    make: (inputs, { recorded }) => {
        const group = find(recorded, "aws:elasticache/userGroup:UserGroup", text(inputs.userGroupId));
        const member = find(recorded, "aws:elasticache/user:User", text(inputs.userId));
        if (!group) throw new Error(`UserGroupNotFoundFault: there is no user group "${text(inputs.userGroupId)}"`);
        if (!member) throw new Error(`UserNotFoundFault: there is no user "${text(inputs.userId)}"`);
        return { id: `${text(inputs.userGroupId)},${text(inputs.userId)}`, outputs: {} };
    },
    made: ({ userGroupId, userId }, recorded) => changeMembers(recorded, userGroupId, (members) => [...members, userId as Value]),
    remove: ({ properties: { userGroupId, userId } }, { recorded }) =>
        changeMembers(recorded, userGroupId, (members) => members.filter((one) => one !== userId)),
};

/** A group's list holds those who joined by an association too. */
function changeMembers(recorded: Recorded, groupId: Value | undefined, change: (members: Value[]) => Value[]): void {
    const group = find(recorded, "aws:elasticache/userGroup:UserGroup", text(groupId));
    if (group) group.properties.userIds = change(list(group.properties.userIds));
}

function checkGroup(inputs: Values, recorded: Recorded): Failure[] {
    const fails: Failure[] = [];
    const fail = (property: string, reason: string) => void fails.push({ property, reason });
    const engine = text(inputs.engine) || "redis";
    const version = text(inputs.engineVersion);
    if (version !== "" && version !== UNKNOWN && !VERSIONS[engine]?.includes(version))
        fail("engineVersion", `there is no ${engine} ${version}; there are: ${VERSIONS[engine]?.join(", ")}`);
    const count = Number(inputs.numCacheClusters ?? 1);
    if (inputs.multiAzEnabled === true && inputs.automaticFailoverEnabled !== true)
        fail("multiAzEnabled", "automatic_failover_enabled must be true if multi_az_enabled is true");
    if (inputs.automaticFailoverEnabled === true && count < 2 && inputs.numNodeGroups === undefined)
        fail("numCacheClusters", "it must be at least 2 if automatic_failover_enabled is true");
    if (list(inputs.userGroupIds).length > 1) fail("userGroupIds", "Too many list items: there can be one at most");
    if (list(inputs.userGroupIds).length > 0 && inputs.transitEncryptionEnabled !== true && engine !== "valkey")
        fail("userGroupIds", "they need transitEncryptionEnabled: true");
    if (inputs.authToken !== undefined && inputs.transitEncryptionEnabled !== true) fail("authToken", "it needs transitEncryptionEnabled: true");
    if (inputs.kmsKeyId !== undefined && inputs.atRestEncryptionEnabled !== true) fail("kmsKeyId", "it needs atRestEncryptionEnabled: true");
    if (list(inputs.logDeliveryConfigurations).length > 2) fail("logDeliveryConfigurations", "Too many list items: there can be two at most");
    if (/^cache\.t1|cache\.[mr]3\./.test(text(inputs.nodeType))) fail("nodeType", `"${text(inputs.nodeType)}" is of a generation that no longer exists`);
    const group = find(recorded, "aws:elasticache/parameterGroup:ParameterGroup", text(inputs.parameterGroupName));
    const family = text(group?.properties.family);
    if (group && version !== "" && version !== UNKNOWN && family.replace(/\D.*$/, "") !== "" && !family.startsWith(`${engine}${version.split(".")[0]}`)) {
        fail("parameterGroupName", `the group is of ${family}, and the engine is ${engine} ${version}`);
    }
    for (const id of list(inputs.userGroupIds)) {
        const found = find(recorded, "aws:elasticache/userGroup:UserGroup", text(id));
        if (engine === "redis" && text(found?.properties.engine).toLowerCase() === "valkey")
            fail("userGroupIds", `user group "${text(id)}" is of valkey, and the engine is redis`);
    }
    return fails;
}

function checkUser(inputs: Values): Failure[] {
    const mode = isObject(inputs.authenticationMode) ? inputs.authenticationMode : {};
    const passwords = [...list(inputs.passwords), ...list(mode.passwords)];
    const ways = [inputs.passwords, inputs.passwordsWo, inputs.authenticationMode, inputs.noPasswordRequired === true || undefined].filter(
        (one) => one !== undefined,
    );
    return [
        ...(ways.length === 1
            ? []
            : [{ property: "authenticationMode", reason: "exactly one of passwords, passwordsWo, noPasswordRequired and authenticationMode is needed" }]),
        ...(passwords.length > 2 ? [{ property: "passwords", reason: "there can be two at most" }] : []),
        ...(text(inputs.engine).toLowerCase() === "valkey" &&
        (inputs.noPasswordRequired === true || mode.type === "no-password-required") &&
        inputs.userName !== "default"
            ? [{ property: "noPasswordRequired", reason: "a user of valkey needs a way to log in" }]
            : []),
        ...(mode.type === "iam" && inputs.userId !== inputs.userName && !holdsUnknown(inputs.userId)
            ? [{ property: "userName", reason: "with IAM it must be the same as userId" }]
            : []),
    ];
}

function checkUserGroup(inputs: Values, recorded: Recorded): Failure[] {
    const engine = text(inputs.engine).toLowerCase();
    const members = list(inputs.userIds);
    const known = members.flatMap((id) => find(recorded, "aws:elasticache/user:User", text(id)) ?? []);
    const names = known.map(({ properties }) => text(properties.userName));
    return [
        // A group of redis must have a user named default; one of valkey needs none.
        ...(engine === "redis" && !holdsUnknown(members) && !members.includes("default") && !names.includes("default")
            ? [{ property: "userIds", reason: "DefaultUserRequired: a user group of redis must have a user that is named default" }]
            : []),
        ...known
            .filter(({ properties }) => engine === "redis" && text(properties.engine).toLowerCase() === "valkey")
            .map(({ id }) => ({ property: "userIds", reason: `user "${id}" is of valkey, and the group of redis` })),
        ...(new Set(names).size < names.length ? [{ property: "userIds", reason: "DuplicateUserName: two users of a group have the same name" }] : []),
    ];
}

function describeMode(inputs: Values): Values {
    const mode = isObject(inputs.authenticationMode) ? inputs.authenticationMode : undefined;
    const count = list(mode?.passwords ?? inputs.passwords).length + (inputs.passwordsWo === undefined ? 0 : 1);
    return { ...mode, passwordCount: count, type: mode?.type ?? (inputs.noPasswordRequired === true ? "no-password" : "password") };
}

function refuseWhileUsed(recorded: Recorded, property: string, id: string, code: string): void {
    const [group] = users(recorded, "aws:elasticache/replicationGroup:ReplicationGroup", property, id);
    if (group) throw new Error(`${code}: ${id} is in use by the replication group ${group.id}`);
}

function number(version: Values[string]): number {
    const [major = 0, minor = 0, patch = 0] = text(version).split(".").map(Number);
    return text(version) === "" ? Number.NaN : (major * 100 + minor) * 100 + patch;
}

function arn({ region, account }: World, rest: string): string {
    return `arn:aws:elasticache:${region}:${account}:${rest}`;
}

function lowerHyphens(name: string): string {
    return name.toLowerCase().replace(/[^0-9a-z-]+/g, "-");
}
