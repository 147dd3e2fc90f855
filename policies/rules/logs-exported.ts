import type { Facts } from "../facts";
import { type Finding, forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say, show } from "../words";

export const rule: Rule = {
    id: "logs-exported",
    pack: "security",
    title: "Servers' logs leave the server.",
    severity: "medium",
    topic: "Logging",
    why: "Logs that are only on the server are gone with it, and whoever breaks in removes them first.",
    fix: 'RDS: enabledCloudwatchLogsExports ["postgresql", "upgrade"]. Amazon MQ: logs.general. ElastiCache: logDeliveryConfigurations for slow-log and engine-log.',
    references: {
        fsbp: ["RDS.9", "RDS.36"],
        checkov: ["CKV_AWS_129", "CKV_AWS_48"],
        prowler: ["mq_broker_logging_enabled", "rds_instance_integration_cloudwatch_logs"],
        trivy: ["AWS-0071"],
    },
    config: {},
    checks: {
        ...forTypes([type.rdsInstance, type.rdsCluster], logExports),
        [type.mqBroker]: (facts) => (facts.read("logs.general") === true ? undefined : say(facts, "logs.general", "false")),
        [type.replicationGroup]: (facts) => {
            const kinds = facts.items("logDeliveryConfigurations").map((one) => one.read("logType"));
            const missing = ["slow-log", "engine-log"].filter((kind) => !kinds.includes(kind));
            return missing.length === 0 ? undefined : { found: `logDeliveryConfigurations lacks ${missing.join(" and ")}` };
        },
    },
};

function logExports(facts: Facts): Finding | undefined {
    // An Aurora instance logs as its cluster says.
    if (!/postgres/.test(facts.text("engine")) && facts.isSet("engine")) {
        return facts.texts("enabledCloudwatchLogsExports").length > 0 ? undefined : say(facts, "enabledCloudwatchLogsExports", "none");
    }
    const kinds = facts.texts("enabledCloudwatchLogsExports");
    if (kinds.includes("postgresql")) {
        return undefined;
    }
    return kinds.length === 0
        ? say(facts, "enabledCloudwatchLogsExports", "none")
        : { found: `enabledCloudwatchLogsExports is ${show(kinds)}, without "postgresql"` };
}
