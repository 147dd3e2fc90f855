import { type ClusterPrices, costOf, priceTable } from "../prices";
import type { Rule } from "../rule";

export const rule: Rule = {
    id: "stack-ceiling",
    pack: "cost",
    title: "No stack costs more in a month than it may.",
    severity: "high",
    topic: "Ceilings",
    why: "Each service is cheap enough, and together they aren't.",
    fix: "Remove what isn't used, choose smaller classes, or raise the ceiling.",
    references: {},
    config: {
        ceiling: { type: "number", minimum: 0, description: "US dollars a month for all services of the stack.", default: 10_000 },
        unknown: { type: "string", enum: ["allow", "report"], description: "What to do where some price isn't known.", default: "allow" },
        cluster: {
            type: "object",
            additionalProperties: { type: "number" },
            description: "What your cluster costs in US dollars a month: cpu (a core), memoryGb and storageGb (a GiB).",
            default: {},
        },
    },
    checks: {},
    stack: (resources, { config }) => {
        const known: { name: string; monthly: number }[] = [];
        const unknown: string[] = [];
        for (const { type, name, facts } of resources) {
            const cost = costOf(type, facts, config.cluster as ClusterPrices);
            if (cost !== undefined && "monthly" in cost) {
                known.push({ name, monthly: cost.monthly });
            } else if (cost !== undefined) {
                unknown.push(`${name} (${cost.unknown})`);
            }
        }
        const sum = known.reduce((all, { monthly }) => all + monthly, 0);
        const dearest = [...known].sort((one, other) => other.monthly - one.monthly).slice(0, 3);
        const findings = [];
        if (sum > (config.ceiling as number)) {
            const most = dearest.map(({ name, monthly }) => `${name} $${monthly.toFixed(0)}`).join(", ");
            const rest = unknown.length === 0 ? "" : `, without ${unknown.length} whose price isn't known`;
            findings.push({
                found: `${known.length} services cost about $${sum.toFixed(0)} a month by the prices of ${priceTable.region} of ${priceTable.asOf}${rest}, and $${config.ceiling} is the ceiling; most: ${most}`,
            });
        }
        if (unknown.length > 0 && config.unknown === "report") {
            findings.push({ found: `the cost is unknown of ${unknown.join(", ")}`, fix: 'Ask for the prices; or set the parameter unknown to "allow".' });
        }
        return findings;
    },
};
