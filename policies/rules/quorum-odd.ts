import type { Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "quorum-odd",
    pack: "compliance",
    title: "Clusters that vote have an odd number of servers.",
    severity: "medium",
    topic: "Availability",
    why: "Of two or four servers a network that splits leaves no majority, and queues stop.",
    fix: "Set spec.replicas to 1, 3 or 5.",
    references: {},
    config: {},
    checks: {
        [type.rabbitmqCluster]: (facts) => {
            const replicas = facts.number("spec.replicas") ?? 1;
            return replicas > 0 && replicas % 2 === 0 ? { found: `spec.replicas is ${replicas}` } : undefined;
        },
    },
};
