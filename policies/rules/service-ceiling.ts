import { type ClusterPrices, costs, priceTable } from "../prices";
import type { Check, Rule } from "../rule";

export const rule: Rule = {
    id: "service-ceiling",
    pack: "cost",
    title: "No service costs more in a month than it may.",
    severity: "high",
    topic: "Ceilings",
    why: "A class that is one letter larger costs twice as much, every month, and no test fails.",
    fix: "Choose a smaller class or size, or raise the ceiling if that is what the service is worth.",
    references: {},
    config: {
        ceiling: { type: "number", minimum: 0, description: "US dollars a month.", default: 1000 },
        unknown: { type: "string", enum: ["allow", "report"], description: "What to do where no price is known.", default: "allow" },
        cluster: {
            type: "object",
            additionalProperties: { type: "number" },
            description: "What your cluster costs in US dollars a month: cpu (a core), memoryGb and storageGb (a GiB).",
            default: {},
        },
    },
    checks: Object.fromEntries(
        Object.entries(costs).map(([type, cost]): [string, Check] => [
            type,
            (facts, { config }) => {
                const answer = cost(facts, config.cluster as ClusterPrices);
                if (answer === undefined) {
                    return undefined;
                }
                if ("unknown" in answer) {
                    return config.unknown === "report"
                        ? { found: `its cost is unknown: ${answer.unknown}`, fix: 'Ask for the price; or set the parameter unknown to "allow".' }
                        : undefined;
                }
                const ceiling = config.ceiling as number;
                return answer.monthly > ceiling
                    ? {
                          found: `${answer.parts} costs about $${answer.monthly.toFixed(0)} a month by the prices of ${priceTable.region} of ${priceTable.asOf}, and $${ceiling} is the ceiling`,
                      }
                    : undefined;
            },
        ]),
    ),
};
