import type { Facts } from "../facts";
import { type Finding, forTypes, type Rule } from "../rule";
import { settingsOf } from "../settings";
import * as type from "../types";

export const rule: Rule = {
    id: "audit-logged",
    pack: "compliance",
    title: "Databases log who connects and what changes their structure.",
    severity: "medium",
    topic: "Audit",
    why: "After an incident these lines are what tells who did what; they can't be had afterwards.",
    fix: 'Set log_statement to "ddl", and log_connections to 1 (PostgreSQL 18: "all").',
    references: { checkov: ["CKV2_AWS_30", "CKV2_AWS_27"] },
    config: {
        inClusters: { type: "boolean", description: "Whether CloudNativePG's clusters must do so too; RDS's parameter groups always must.", default: false },
    },
    checks: {
        ...forTypes([type.rdsParameterGroup, type.rdsClusterParameterGroup], (facts) =>
            /^(aurora-)?postgres/.test(facts.text("family")) ? unlogged(facts, type.rdsParameterGroup, "parameters") : undefined,
        ),
        [type.cnpgCluster]: (facts, { config }) => (config.inClusters ? unlogged(facts, type.cnpgCluster, "spec.postgresql.parameters") : undefined),
    },
};

function unlogged(facts: Facts, kind: string, path: string): Finding | undefined {
    const settings = settingsOf[kind]?.(facts) ?? [];
    const value = (name: string) => settings.find((one) => one.name === name)?.value ?? "";
    const lacking = [
        ...(/^(ddl|mod|all)$/.test(value("log_statement")) ? [] : ["log_statement"]),
        ...(/^(|0|off|false|no)$/.test(value("log_connections")) ? ["log_connections"] : []),
    ];
    return lacking.length === 0 ? undefined : { found: `${path} doesn't turn on ${lacking.join(" and ")}` };
}
