import type { Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "database-monitored",
    pack: "security",
    title: "Databases are monitored by the operating system's own figures.",
    severity: "low",
    topic: "Logging",
    why: "CloudWatch sees a database from outside; memory, processes and load are seen only from within.",
    fix: "Set monitoringInterval to 60 and monitoringRoleArn to a role that may write the figures.",
    references: { fsbp: ["RDS.6"], checkov: ["CKV_AWS_118"], prowler: ["rds_instance_enhanced_monitoring_enabled"] },
    config: {},
    checks: {
        [type.rdsInstance]: (facts) => ((facts.number("monitoringInterval") ?? 0) > 0 ? undefined : say(facts, "monitoringInterval", "0")),
        [type.rdsClusterInstance]: (facts) => ((facts.number("monitoringInterval") ?? 0) > 0 ? undefined : say(facts, "monitoringInterval", "0")),
    },
};
