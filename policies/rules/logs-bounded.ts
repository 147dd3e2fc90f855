import type { Rule } from "../rule";
import * as type from "../types";
import { sayValue } from "../words";

export const rule: Rule = {
    id: "logs-bounded",
    pack: "cost",
    title: "Logs aren't kept forever.",
    severity: "low",
    topic: "Retention",
    why: "A log group without an end grows for years, and is paid for every month.",
    fix: "Set retentionInDays to the days that your rules ask for.",
    references: { fsbp: ["CloudWatch.16"] },
    config: { maximumDays: { type: "integer", minimum: 1, description: "The most days.", default: 731 } },
    checks: {
        [type.logGroup]: (facts, { config }) => {
            const days = facts.number("retentionInDays") ?? 0;
            // The class for archives is cheap and has a time of its own.
            const isArchive = facts.read("logGroupClass") === "DELIVERY";
            return !isArchive && (days === 0 || days > (config.maximumDays as number))
                ? {
                      found:
                          days === 0 ? sayValue("retentionInDays", undefined, "forever") : `retentionInDays is ${days}, and ${config.maximumDays} is the most`,
                  }
                : undefined;
        },
    },
};
