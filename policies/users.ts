import type { Facts } from "./facts";
import { dataContainers, settingsIn } from "./kubernetes";
import * as type from "./types";

/** A user that a resource makes, by name and where it says so. */
export interface User {
    readonly name: string;
    readonly path: string;
}

/** The users that each type of resource makes. */
export const usersOf: Readonly<Record<string, (facts: Facts) => User[]>> = {
    [type.rdsInstance]: (facts) => named(facts, "username"),
    [type.rdsCluster]: (facts) => named(facts, "masterUsername"),
    [type.mqBroker]: (facts) => facts.items("users").flatMap((user) => named(user, "username")),
    [type.postgresqlRole]: (facts) => named(facts, "name"),
    [type.cacheUser]: (facts) => (/^\s*off\b/.test(facts.knownText("accessString")) ? [] : named(facts, "userName")),
    ...Object.fromEntries(type.boundUsers.map((one) => [one, (facts: Facts) => named(facts, "username")])),
    [type.rabbitmqCluster]: (facts) => {
        const user = settingsIn(facts.knownText("spec.rabbitmq.additionalConfig")).get("default_user");
        return user === undefined ? [] : [{ name: user, path: "spec.rabbitmq.additionalConfig's default_user" }];
    },
    [type.zalandoPostgresql]: (facts) =>
        facts
            .at("spec.users")
            .keys()
            .map((name) => ({ name, path: "spec.users" })),
    [type.statefulSet]: inContainers,
    [type.deployment]: inContainers,
};

/** The variable of an image that names its administrator, and who that is without it. */
const variables: Readonly<Record<string, readonly [string, string]>> = {
    postgresql: ["POSTGRES_USER", "postgres"],
    rabbitmq: ["RABBITMQ_DEFAULT_USER", "guest"],
};

function inContainers(facts: Facts): User[] {
    return dataContainers(facts).flatMap(({ engine, container }) => {
        const [variable, otherwise] = variables[engine] ?? [];
        // Operators and charts start these images with a command of their own, and then the variables say nothing.
        if (variable === undefined || otherwise === undefined || container.isSet("command")) {
            return [];
        }
        const entry = container.items("env").find((one) => one.knownOr("name", "") === variable);
        if (entry === undefined) {
            return [{ name: otherwise, path: `${container.pathOf("env")} without ${variable}` }];
        }
        return entry.isSet("value") ? [{ name: entry.knownText("value"), path: `${container.pathOf("env")}'s ${variable}` }] : [];
    });
}

function named(facts: Facts, path: string): User[] {
    const name = facts.knownText(path);
    return name === "" ? [] : [{ name, path: facts.pathOf(path) }];
}
