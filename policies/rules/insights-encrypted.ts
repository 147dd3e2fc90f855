import { forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "insights-encrypted",
    pack: "security",
    title: "Performance Insights are on, and encrypted with a key of your own.",
    severity: "low",
    topic: "Logging",
    why: "They hold the statements that ran, and tell which one slowed the database down; their key can never be changed later.",
    fix: "Set performanceInsightsEnabled to true and performanceInsightsKmsKeyId to a key of your own.",
    references: { checkov: ["CKV_AWS_353", "CKV_AWS_354"], trivy: ["AWS-0133", "AWS-0078"] },
    config: {},
    checks: {
        ...forTypes([type.rdsInstance, type.rdsClusterInstance], (facts) => {
            if (facts.read("performanceInsightsEnabled") !== true) {
                return say(facts, "performanceInsightsEnabled", "false");
            }
            return facts.isSet("performanceInsightsKmsKeyId") ? undefined : say(facts, "performanceInsightsKmsKeyId", "a key of AWS");
        }),
    },
};
