import { forTypes, type Rule } from "../rule";
import { developmentStacks, isAmong } from "../stacks";
import * as type from "../types";

export const rule: Rule = {
    id: "storage-oversized",
    pack: "cost",
    title: "Storage starts small and grows.",
    severity: "low",
    topic: "Storage",
    why: "Storage never shrinks: what is too large stays too large for the life of the service.",
    fix: "Start with what the data needs today; RDS grows by itself up to maxAllocatedStorage.",
    references: {},
    config: {
        stacks: developmentStacks,
        developmentGb: { type: "integer", minimum: 1, description: "The most GiB in a development stack.", default: 100 },
        gb: { type: "integer", minimum: 1, description: "The most GiB elsewhere.", default: 4096 },
    },
    checks: {
        [type.rdsInstance]: (facts, { config, stack }) => tooMuch(facts.number("allocatedStorage"), "allocatedStorage", config, stack),
        ...forTypes(type.managedServices, (facts, { config, stack }) => tooMuch(facts.number("storageGb"), "storageGb", config, stack)),
    },
};

function tooMuch(found: number | undefined, path: string, config: Readonly<Record<string, unknown>>, stack: string) {
    const most = (isAmong(config.stacks, stack) ? config.developmentGb : config.gb) as number;
    return found !== undefined && found > most ? { found: `${path} is ${found}, and ${most} is the most in the stack "${stack}"` } : undefined;
}
