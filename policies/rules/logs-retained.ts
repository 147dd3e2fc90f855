import { isThrowAway } from "../durability";
import type { Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "logs-retained",
    pack: "compliance",
    title: "Logs are kept long enough.",
    severity: "medium",
    topic: "Audit",
    why: "A break-in is noticed after weeks, and then the log of that day is wanted.",
    fix: "Set retentionInDays to the days that your rules ask for.",
    references: { fsbp: ["CloudWatch.16"], checkov: ["CKV_AWS_66", "CKV_AWS_338"], prowler: ["cloudwatch_log_group_retention_policy_specific_days_enabled"] },
    config: { minimumDays: { type: "integer", minimum: 1, description: "The fewest days.", default: 30 } },
    checks: {
        // Absent and 0 are forever, which costs, and is a rule of its own.
        [type.logGroup]: (facts, circumstances) => {
            const days = facts.number("retentionInDays") ?? 0;
            const least = circumstances.config.minimumDays as number;
            return days > 0 && days < least && !isThrowAway(circumstances) ? { found: `retentionInDays is ${days}, and ${least} is the least` } : undefined;
        },
    },
};
