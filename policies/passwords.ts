import type { Facts } from "./facts";
import { dataContainers } from "./kubernetes";
import * as type from "./types";
import { isSecretName } from "./words";

/** A password that a resource is given, and where. It never leaves the rule that looks at it. */
export interface Password {
    /** Empty where it isn't known yet. */
    readonly value: string;
    readonly path: string;
}

/** The passwords that each type of resource is given. */
export const passwordsOf: Readonly<Record<string, (facts: Facts) => Password[]>> = {
    [type.rdsInstance]: (facts) => at(facts, "password"),
    [type.rdsCluster]: (facts) => at(facts, "masterPassword"),
    [type.mqBroker]: (facts) => facts.items("users").flatMap((user) => at(user, "password")),
    [type.replicationGroup]: (facts) => at(facts, "authToken"),
    [type.cacheUser]: (facts) => ["passwords", "authenticationMode.passwords"].flatMap((path) => inList(facts, path)),
    [type.postgresqlRole]: (facts) => at(facts, "password"),
    ...Object.fromEntries(type.boundUsers.map((one) => [one, (facts: Facts) => at(facts, "password")])),
    [type.secret]: (facts) => [...inMap(facts, "stringData", (text) => text), ...inMap(facts, "data", (text) => Buffer.from(text, "base64").toString())],
    [type.statefulSet]: inContainers,
    [type.deployment]: inContainers,
};

/** Passwords that stand as plain text in the environment of a data server. */
export function inContainers(facts: Facts): Password[] {
    return dataContainers(facts).flatMap(({ container }) =>
        container
            .items("env")
            .filter((one) => isPassword(one.knownText("name")) && one.isSet("value"))
            .map((one) => ({ value: one.knownText("value"), path: `${container.pathOf("env")}'s ${one.knownText("name")}` })),
    );
}

/** Whether a name promises a password, and not the name of a file or of another thing that has one. */
export function isPassword(name: string): boolean {
    return isSecretName(name) && /pass|pwd|secret|token/i.test(name) && !/(file|name|key|path|ref|hash)$/i.test(name);
}

function inMap(facts: Facts, path: string, decode: (text: string) => string): Password[] {
    const data = facts.knownAt(path);
    return data.keys().flatMap((key) => {
        const value = isPassword(key) ? data.knownOwn(key) : "";
        return value === "" ? [] : [{ value: decode(value), path: `${path}.${key}` }];
    });
}

function inList(facts: Facts, path: string): Password[] {
    const list = facts.knownOr(path, []);
    return Array.isArray(list) ? Object.keys(list).flatMap((index) => at(facts, `${path}.${index}`)) : [];
}

function at(facts: Facts, path: string): Password[] {
    const value = facts.knownText(path);
    return value === "" ? [] : [{ value, path: facts.pathOf(path) }];
}
