import type { Facts } from "../facts";
import { forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "minor-upgrades",
    pack: "security",
    title: "Minor versions, which mend security holes, are applied by themselves.",
    severity: "high",
    topic: "Updates",
    why: "Between a minor version and the first attack on what it mends there are days.",
    fix: "Set autoMinorVersionUpgrade to true.",
    references: {
        fsbp: ["RDS.13", "MQ.3", "ElastiCache.2"],
        cis: ["3.2.2"],
        checkov: ["CKV_AWS_226", "CKV_AWS_207", "CKV_AWS_322"],
        prowler: ["rds_instance_minor_version_upgrade_enabled", "mq_broker_auto_minor_version_upgrades"],
    },
    config: {},
    checks: {
        ...forTypes([type.rdsInstance, type.rdsClusterInstance, type.memoryDb], (facts) =>
            facts.read("autoMinorVersionUpgrade") === false ? say(facts, "autoMinorVersionUpgrade", "true") : undefined,
        ),
        [type.mqBroker]: (facts) => (isOn(facts) ? undefined : say(facts, "autoMinorVersionUpgrade", "false")),
        // ElastiCache's own default has changed with the engine: a group says it.
        [type.replicationGroup]: (facts) => (isOn(facts) ? undefined : say(facts, "autoMinorVersionUpgrade", "that ElastiCache decides")),
    },
};

/** Where the provider keeps it as a text, it comes as one from a state. */
function isOn(facts: Facts): boolean {
    return ["true", true].includes(facts.read("autoMinorVersionUpgrade") as boolean);
}
