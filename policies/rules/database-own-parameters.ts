import type { Facts } from "../facts";
import type { Finding, Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "database-own-parameters",
    pack: "security",
    title: "Databases have a parameter group of their own.",
    severity: "medium",
    topic: "Encryption in transit",
    why: "The default parameter group can't be changed: neither forced TLS nor the logging of connections can be set in it.",
    fix: "Make an aws.rds.ParameterGroup with rds.force_ssl, log_connections and log_statement, and name it in parameterGroupName.",
    references: { checkov: ["CKV2_AWS_30", "CKV2_AWS_69"] },
    config: {},
    checks: {
        [type.rdsInstance]: (facts) => ownGroup(facts, "parameterGroupName"),
        [type.rdsCluster]: (facts) => ownGroup(facts, "dbClusterParameterGroupName"),
    },
};

function ownGroup(facts: Facts, path: string): Finding | undefined {
    const isOwn = facts.isSet(path) && !String(facts.knownOr(path, "")).startsWith("default.");
    return isOwn ? undefined : say(facts, path, "AWS's default");
}
