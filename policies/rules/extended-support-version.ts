import type { Check, Rule } from "../rule";
import * as type from "../types";
import { engineVersions } from "../versions";

/** The parameter that says what is the oldest version of each type's server in standard support. */
const parameters: Readonly<Record<string, "oldest" | "oldestRedis">> = {
    [type.rdsInstance]: "oldest",
    [type.rdsCluster]: "oldest",
    [type.replicationGroup]: "oldestRedis",
};

export const rule: Rule = {
    id: "extended-support-version",
    pack: "cost",
    title: "No database or cache pays for extended support.",
    severity: "high",
    topic: "Versions",
    why: "A db.t3.large on PostgreSQL 11 costs more than twice its price, a cache on Redis 5 the 1.8-fold, and the upgrade has to be made anyway.",
    fix: "Upgrade to a newer major version.",
    references: { prowler: ["rds_instance_extended_support"] },
    config: {
        oldest: { type: "integer", minimum: 1, description: "The oldest major version of PostgreSQL in standard support on RDS.", default: 14 },
        oldestRedis: { type: "integer", minimum: 1, description: "The oldest major version of Redis OSS in standard support on ElastiCache.", default: 6 },
    },
    checks: Object.fromEntries(
        Object.entries(parameters).map(([name, parameter]): [string, Check] => [
            name,
            (facts, { config }) =>
                (engineVersions[name]?.(facts) ?? [])
                    .filter(({ version }) => Number.parseInt(version, 10) < (config[parameter] as number))
                    .map(({ version, path }) => ({ found: `${path} is "${version}", and ${config[parameter]} is the oldest in standard support` })),
        ]),
    ),
};
