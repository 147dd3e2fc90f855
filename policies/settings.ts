import type { Facts } from "./facts";
import { settingsIn } from "./kubernetes";
import type { Check, Finding } from "./rule";
import * as type from "./types";
import { show } from "./words";

/** A server's own setting, wherever it stands. */
export interface Setting {
    readonly name: string;
    readonly value: string;
    readonly path: string;
}

/** How each type of resource tells the settings of its server. */
export const settingsOf: Readonly<Record<string, (facts: Facts) => Setting[]>> = {
    [type.rdsParameterGroup]: parameters,
    [type.rdsClusterParameterGroup]: parameters,
    [type.localServer]: (facts) => map(facts, "settings"),
    [type.vmServer]: (facts) => map(facts, "settings"),
    [type.cnpgCluster]: (facts) => map(facts, "spec.postgresql.parameters"),
    [type.zalandoPostgresql]: (facts) => map(facts, "spec.postgresql.parameters"),
    [type.rabbitmqCluster]: (facts) => lines(facts.knownText("spec.rabbitmq.additionalConfig"), "spec.rabbitmq.additionalConfig"),
    [type.configMap]: (facts) => {
        const data = facts.knownAt("data");
        const files = data.keys().filter((key) => /(postgres|rabbitmq|redis|valkey).*\.conf$/.test(key));
        return files.flatMap((key) => lines(data.knownOwn(key), `data["${key}"]`));
    },
};

/** Checks of every type whose settings can be seen, by the settings that are wrong. */
export function serverSettings(isWrong: (name: string, value: string) => boolean): Readonly<Record<string, Check>> {
    return Object.fromEntries(Object.entries(settingsOf).map(([name, read]) => [name, (facts: Facts) => wrongSettings(read(facts), isWrong)]));
}

function wrongSettings(settings: readonly Setting[], isWrong: (name: string, value: string) => boolean): Finding[] {
    return settings.filter(({ name, value }) => value !== "" && isWrong(name, value)).map(({ path, value }) => ({ found: `${path} is ${show(value)}` }));
}

function parameters(facts: Facts): Setting[] {
    return facts
        .items("parameters")
        .map((one) => ({ name: one.knownText("name"), value: one.knownOwn("value"), path: `parameters' ${one.knownText("name")}` }));
}

function map(facts: Facts, path: string): Setting[] {
    const settings = facts.knownAt(path);
    return settings.keys().map((name) => ({ name, value: settings.knownOwn(name), path: `${path}.${name}` }));
}

function lines(text: string, path: string): Setting[] {
    return [...settingsIn(text)].map(([name, value]) => ({ name, value, path: `${path}'s ${name}` }));
}
