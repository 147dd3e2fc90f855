import type { Facts } from "./facts";
import { dataContainers, tagOf } from "./kubernetes";
import * as type from "./types";

/** When the makers' support of a major version ends, as they published it by the date below. */
export const endsOfSupport = {
    asOf: "2026-08-31",
    sources: [
        "https://www.postgresql.org/support/versioning/",
        "https://www.rabbitmq.com/release-information",
        "https://endoflife.date/valkey",
        "https://endoflife.date/redis",
    ],
    /** The last day, by major version. An older version than all of these is past its end; a newer one isn't known and is taken as supported. */
    engines: {
        postgresql: { "13": "2025-11-13", "14": "2026-11-12", "15": "2027-11-11", "16": "2028-11-09", "17": "2029-11-08", "18": "2030-11-14" },
        rabbitmq: { "3": "2025-07-31", "4": "2028-12-31" },
        valkey: { "6": "2025-02-28", "7": "2027-04-16", "8": "2029-09-15", "9": "2030-10-21" },
    } as Readonly<Record<string, Readonly<Record<string, string>>>>,
};

/** A server and its version, where a resource tells both. */
export interface EngineVersion {
    readonly engine: string;
    readonly version: string;
    readonly path: string;
}

/** The last day of support; undefined where the table doesn't know. */
export function endOfSupport({ engine, version }: Pick<EngineVersion, "engine" | "version">): string | undefined {
    const table = endsOfSupport.engines[engine];
    const major = Number.parseInt(version, 10);
    if (table === undefined || !Number.isFinite(major)) {
        return undefined;
    }
    const oldest = Math.min(...Object.keys(table).map(Number));
    return table[String(major)] ?? (major < oldest ? table[String(oldest)] : undefined);
}

/** How each type of resource tells the versions of its servers. */
export const engineVersions: Readonly<Record<string, (facts: Facts) => EngineVersion[]>> = {
    [type.managedDatabase]: (facts) => plain(facts, "postgresql", "version"),
    [type.managedQueue]: (facts) => plain(facts, "rabbitmq", "version"),
    [type.managedCache]: (facts) => plain(facts, "valkey", "version"),
    [type.rdsInstance]: (facts) => (/postgres/.test(facts.text("engine")) ? plain(facts, "postgresql", "engineVersion") : []),
    [type.rdsCluster]: (facts) => (/postgres/.test(facts.text("engine")) ? plain(facts, "postgresql", "engineVersion") : []),
    [type.mqBroker]: (facts) => (/rabbitmq/i.test(facts.text("engineType")) ? plain(facts, "rabbitmq", "engineVersion") : []),
    [type.replicationGroup]: (facts) => plain(facts, "valkey", "engineVersion"),
    [type.cnpgCluster]: (facts) => image("postgresql", facts.knownText("spec.imageName"), "spec.imageName"),
    [type.rabbitmqCluster]: (facts) => image("rabbitmq", facts.knownText("spec.image"), "spec.image"),
    [type.zalandoPostgresql]: (facts) => plain(facts, "postgresql", "spec.postgresql.version"),
    [type.statefulSet]: containers,
    [type.deployment]: containers,
};

function plain(facts: Facts, engine: string, path: string): EngineVersion[] {
    const version = facts.knownOr(path, undefined);
    return version === undefined ? [] : [{ engine, version: String(version), path: facts.pathOf(path) }];
}

function containers(facts: Facts): EngineVersion[] {
    return dataContainers(facts).flatMap(({ engine, image: name, container }) => image(engine, name, container.pathOf("image")));
}

function image(engine: string, name: string, path: string): EngineVersion[] {
    const version = /^\d+(\.\d+)*/.exec(tagOf(name) ?? "")?.[0];
    return version === undefined ? [] : [{ engine, version, path }];
}
