import { forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "insights-retention",
    pack: "cost",
    title: "Performance Insights stay in the part that is free.",
    severity: "low",
    topic: "Retention",
    why: "Beyond seven days they are paid for by the core and month, and the advanced mode too.",
    fix: "Set performanceInsightsRetentionPeriod to 7, or leave it out; leave out databaseInsightsMode.",
    references: {},
    config: { maximumDays: { type: "integer", minimum: 7, description: "The most days.", default: 7 } },
    checks: forTypes([type.rdsInstance, type.rdsClusterInstance], (facts, { config }) => {
        if ((facts.number("performanceInsightsRetentionPeriod") ?? 7) > (config.maximumDays as number)) {
            return say(facts, "performanceInsightsRetentionPeriod", "7");
        }
        return facts.read("databaseInsightsMode") === "advanced" ? say(facts, "databaseInsightsMode", "standard") : undefined;
    }),
};
