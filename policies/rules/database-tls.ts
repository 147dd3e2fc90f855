import type { Facts } from "../facts";
import { type Finding, forTypes, type Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "database-tls",
    pack: "security",
    title: "Databases refuse plaintext connections.",
    severity: "high",
    topic: "Encryption in transit",
    why: "A client that isn't told to use TLS sends its password and its data in the clear, and nothing says so.",
    fix: 'RDS: the parameter rds.force_ssl with the value 1. CloudNativePG: "hostnossl all all all reject" as the first line of spec.postgresql.pg_hba.',
    references: { fsbp: ["RDS.38"], checkov: ["CKV2_AWS_69"], prowler: ["rds_instance_transport_encrypted"] },
    config: {},
    checks: {
        ...forTypes([type.rdsParameterGroup, type.rdsClusterParameterGroup], forced),
        [type.cnpgCluster]: (facts) => {
            const lines = facts.texts("spec.postgresql.pg_hba").map((line) => line.trim().split(/\s+/).join(" "));
            const refusal = lines.findIndex((line) => /^hostnossl all all (all|0\.0\.0\.0\/0) reject$/.test(line));
            const plain = lines.findIndex((line) => /^host(nossl)? .*(?<!reject)$/.test(line));
            if (refusal < 0) {
                return { found: "spec.postgresql.pg_hba has no line that refuses connections without TLS, so they are accepted" };
            }
            return plain >= 0 && plain < refusal
                ? { found: `spec.postgresql.pg_hba accepts connections without TLS in line ${plain + 1}, before it refuses them` }
                : undefined;
        },
    },
};

function forced(facts: Facts): Finding | undefined {
    const family = facts.text("family");
    const major = /^postgres(\d+)/.exec(family)?.[1];
    if (major === undefined && !family.startsWith("aurora-postgresql")) {
        return undefined;
    }
    const parameter = facts.items("parameters").find((one) => one.text("name") === "rds.force_ssl");
    if (parameter !== undefined) {
        return String(parameter.read("value")) === "1"
            ? undefined
            : { found: `parameters has rds.force_ssl = ${JSON.stringify(String(parameter.read("value")))}` };
    }
    const byDefault = Number(major) >= 15 || Number(/^aurora-postgresql(\d+)/.exec(family)?.[1]) >= 17;
    return byDefault ? undefined : { found: `parameters has no rds.force_ssl, which means 0 in the family ${family}` };
}
