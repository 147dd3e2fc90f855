import type { Check, Rule } from "../rule";
import * as type from "../types";
import { engineVersions } from "../versions";

export const rule: Rule = {
    id: "extended-support-version",
    pack: "cost",
    title: "No database pays for extended support.",
    severity: "high",
    topic: "Versions",
    why: "A db.t3.large on PostgreSQL 11 costs more than twice its price, and the upgrade has to be made anyway.",
    fix: "Upgrade to a newer major version.",
    references: { prowler: ["rds_instance_extended_support"] },
    config: {
        oldest: { type: "integer", minimum: 1, description: "The oldest major version of PostgreSQL in standard support on RDS.", default: 14 },
    },
    checks: Object.fromEntries(
        [type.rdsInstance, type.rdsCluster].map((name): [string, Check] => [
            name,
            (facts, { config }) =>
                (engineVersions[name]?.(facts) ?? [])
                    .filter(({ version }) => Number.parseInt(version, 10) < (config.oldest as number))
                    .map(({ version, path }) => ({ found: `${path} is "${version}", and ${config.oldest} is the oldest in standard support` })),
        ]),
    ),
};
