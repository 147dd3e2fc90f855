import type { Model } from "../model";
import type { Failure } from "../shapes";
import { canonical, isObject, list, text, UNKNOWN, type Values } from "../values";
import { makeAdministrator, removeAllUsers } from "./rabbitmq-server";

/** What Amazon MQ takes for RabbitMQ: never a patch version. */
const RABBITMQ = ["3.13", "4.2"];

const brokerName = /^[0-9A-Za-z_-]+$/;

export const broker: Model = {
    name: { property: "brokerName", longest: 50 },
    rules: [
        { property: "authenticationStrategy", oneOf: ["simple", "SIMPLE", "ldap", "LDAP", "config_managed", "CONFIG_MANAGED"] },
        { property: "brokerName", length: [1, 50] },
        { property: "brokerName", matches: brokerName, says: "expected letters, digits, hyphens and underscores" },
        { property: "deploymentMode", oneOf: ["SINGLE_INSTANCE", "CLUSTER_MULTI_AZ"] },
        { property: "engineType", oneOf: ["RabbitMQ", "RABBITMQ"] },
        { property: "engineVersion", oneOf: RABBITMQ },
        { property: "hostInstanceType", matches: /^mq\.[a-z0-9]+\.[a-z0-9]+$/, says: "expected an instance type such as mq.m7g.medium" },
        { property: "maintenanceWindowStartTime.dayOfWeek", oneOf: ["MONDAY", "TUESDAY", "WEDNESDAY", "THURSDAY", "FRIDAY", "SATURDAY", "SUNDAY"] },
        { property: "maintenanceWindowStartTime.timeOfDay", matches: /^([01]\d|2[0-3]):[0-5]\d$/, says: "expected hh:mm" },
        { property: "storageType", oneOf: ["ebs", "EBS"] },
        { property: "users.password", length: [12, 250] },
        { property: "users.password", matches: /^[^,:=]*$/, says: "expected no comma, colon or equals sign" },
        {
            property: "users.password",
            matches: /^(?=.*(.)(?=.*((?!\1).)(?=.*((?!\1|\2).)(?=.*((?!\1|\2|\3).))))).*$/s,
            says: "expected at least 4 different characters",
        },
        { property: "users.username", length: [2, 100] },
        { property: "users.username", matches: /^[A-Za-z0-9._~-]+$/, says: "expected letters, digits, hyphens, periods, underscores and tildes" },
    ],
    deferred: ["configuration", "engineVersion", "hostInstanceType"],
    check: checkBroker,

    async make(inputs, { account, region, random, servers }) {
        const id = `b-${random(8)}-${random(4)}-${random(4)}-${random(4)}-${random(12)}`;
        const real = servers.queue;
        if (real) await makeAdministrator(real, list(inputs.users)[0] as { username: string; password: string });
        const host = `${id}.mq.${region}.on.aws`;
        // A cluster of RabbitMQ has one entry for all its nodes.
        const instance = {
            consoleUrl: real?.managementUri ?? `https://${host}`,
            endpoints: [real ? `amqps://${real.host}:${real.port}` : `amqps://${host}:5671`],
            ipAddress: "",
        };
        return {
            id,
            outputs: {
                arn: `arn:aws:mq:${region}:${account}:broker:${text(inputs.brokerName)}:${id}`,
                authenticationStrategy: inputs.authenticationStrategy ?? "simple",
                configuration: isObject(inputs.configuration) ? inputs.configuration : { id: `c-${random(8)}`, revision: 1 },
                dataReplicationMode: "NONE",
                instances: [instance],
                maintenanceWindowStartTime: inputs.maintenanceWindowStartTime ?? { dayOfWeek: "SUNDAY", timeOfDay: "03:00", timeZone: "UTC" },
                pendingDataReplicationMode: "",
                securityGroups: inputs.securityGroups ?? [],
                sharedResources: [],
                storageType: inputs.storageType ?? "ebs",
                subnetIds: inputs.subnetIds ?? [],
            },
        };
    },

    change(olds, news) {
        const [from, to] = [Number.parseFloat(text(olds.engineVersion)), Number.parseFloat(text(news.engineVersion))];
        if (to < from) throw new Error(`BadRequestException: Broker engine version can't be downgraded from ${from} to ${to}`);
        if (canonical(olds.users, true) !== canonical(news.users, true)) {
            throw new Error("BadRequestException: Amazon MQ manages no users of RabbitMQ after a broker was created");
        }
        return {};
    },

    async gone(_, { servers }) {
        if (servers.queue) await removeAllUsers(servers.queue);
    },
};

export const configuration: Model = {
    name: { property: "name", longest: 150 },
    rules: [
        { property: "name", matches: /^[0-9A-Za-z._~-]{1,150}$/, says: "expected letters, digits, hyphens, periods, underscores and tildes; 150 in all" },
        { property: "engineType", oneOf: ["RabbitMQ", "RABBITMQ"] },
        { property: "engineVersion", oneOf: RABBITMQ },
    ],
    check: (inputs) => checkSettings(inputs),
    make: (inputs, { account, region, random }) => {
        const id = `c-${random(8)}-${random(4)}-${random(4)}-${random(4)}-${random(12)}`;
        const outputs = {
            arn: `arn:aws:mq:${region}:${account}:configuration:${id}`,
            authenticationStrategy: "simple",
            latestRevision: 2,
            description: inputs.description ?? "",
        };
        return { id, outputs };
    },
    change: (olds, news) => (news.data === olds.data ? {} : { latestRevision: Number(olds.latestRevision) + 1 }),
};

/** The settings of rabbitmq.conf that Amazon MQ lets through; it refuses a configuration that holds another one. From its documentation. */
const SETTINGS =
    /^(consumer_timeout|heartbeat|operator_policies\..+|secure\.management\.http\.headers\.enabled|management\.restrictions\.operator_policy_changes\.disabled|default_vhost|management\.load_definitions|auth_\w+(\..+)?|ssl_options\..+|aws\..+)$/;

function checkSettings(inputs: Values): Failure[] {
    const lines = inputs.data === UNKNOWN ? [] : text(inputs.data).split("\n");
    return lines
        .map((line) => line.replace(/#.*/, "").trim())
        .filter((line) => line !== "")
        .flatMap((line) => {
            const name = line.split("=")[0]?.trim() ?? "";
            const wrong = !line.includes("=") ? `not a setting: "${line}"` : SETTINGS.test(name) ? undefined : `Amazon MQ takes no setting "${name}"`;
            return wrong === undefined ? [] : [{ property: "data", reason: wrong }];
        });
}

function checkBroker(inputs: Values): Failure[] {
    const fails: Failure[] = [];
    const fail = (property: string, reason: string) => void fails.push({ property, reason });
    const logs = isObject(inputs.logs) ? inputs.logs : {};
    if (logs.audit === true) fail("logs.audit", "Can not be configured when engine is RabbitMQ");
    if (inputs.autoMinorVersionUpgrade !== true && inputs.autoMinorVersionUpgrade !== UNKNOWN) {
        fail("autoMinorVersionUpgrade", "Broker engine version 3.13 and newer of RabbitMQ needs autoMinorVersionUpgrade: true");
    }
    if (list(inputs.users).length !== 1 && inputs.users !== UNKNOWN) fail("users", "RabbitMQ takes exactly one user here, and the others by its own API");
    for (const user of list(inputs.users)) {
        const known = isObject(user) ? user : {};
        for (const name of ["consoleAccess", "groups", "replicationUser"]) if (known[name] !== undefined) fail(`users.${name}`, "it doesn't apply to RabbitMQ");
    }
    const subnets = list(inputs.subnetIds).length;
    const [least, most] = inputs.deploymentMode === "CLUSTER_MULTI_AZ" ? [2, 6] : [1, 1];
    if (Array.isArray(inputs.subnetIds) && (subnets < least || subnets > most)) {
        fail(
            "subnetIds",
            `deploymentMode "${text(inputs.deploymentMode) || "SINGLE_INSTANCE"}" takes ${least === most ? least : `${least} to ${most}`}, got ${subnets}`,
        );
    }
    if (inputs.publiclyAccessible === true && list(inputs.securityGroups).length > 0) fail("securityGroups", "a public broker of RabbitMQ takes none");
    if (text(inputs.hostInstanceType).startsWith("mq.t3.") && inputs.deploymentMode === "CLUSTER_MULTI_AZ") {
        fail("hostInstanceType", `"${text(inputs.hostInstanceType)}" can't be in a cluster`);
    }
    const encryption = isObject(inputs.encryptionOptions) ? inputs.encryptionOptions : {};
    if (encryption.kmsKeyId !== undefined && encryption.useAwsOwnedKey !== false)
        fail("encryptionOptions.useAwsOwnedKey", "a kmsKeyId needs useAwsOwnedKey: false");
    return fails;
}
