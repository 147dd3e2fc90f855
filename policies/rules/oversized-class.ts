import { classes, machineClass } from "../machines";
import { type Check, forTypes, type Rule } from "../rule";
import { developmentStacks, isAmong } from "../stacks";
import * as type from "../types";

export const rule: Rule = {
    id: "oversized-class",
    pack: "cost",
    title: "Machines are no larger than their stack deserves.",
    severity: "medium",
    topic: "Sizes",
    why: "Nobody measures a test database, so it stays as large as it was once made.",
    fix: "Choose a smaller class or size; it can grow later with a restart.",
    references: {},
    config: {
        stacks: developmentStacks,
        developmentCores: { type: "integer", minimum: 1, description: "The most cores in a development stack.", default: 2 },
        cores: { type: "integer", minimum: 1, description: "The most cores elsewhere.", default: 32 },
    },
    checks: {
        ...Object.fromEntries(
            Object.entries(classes).map(([name, path]): [string, Check] => [
                name,
                (facts, { config, stack }) => {
                    const most = (isAmong(config.stacks, stack) ? config.developmentCores : config.cores) as number;
                    const found = machineClass(facts, path)?.cores;
                    return found !== undefined && found > most
                        ? { found: `${path} is "${facts.text(path)}", of ${found} cores, and ${most} are the most in the stack "${stack}"` }
                        : undefined;
                },
            ]),
        ),
        ...forTypes(type.managedServices, (facts, { config, stack }) =>
            isAmong(config.stacks, stack) &&
            (["large", "xlarge"].includes(facts.text("size")) || (facts.number("cpu") ?? 0) > (config.developmentCores as number))
                ? {
                      found: facts.isSet("cpu")
                          ? `cpu is ${facts.number("cpu")} in the stack "${stack}"`
                          : `size is "${facts.text("size")}" in the stack "${stack}"`,
                  }
                : undefined,
        ),
    },
};
