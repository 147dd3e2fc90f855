import { classes, machineClass } from "../machines";
import type { Check, Rule } from "../rule";

export const rule: Rule = {
    id: "old-class",
    pack: "cost",
    title: "Machines are of a generation that is still sold for its price.",
    severity: "low",
    topic: "Sizes",
    why: "Older generations cost the same and do less, and one day they are withdrawn.",
    fix: "Choose the same size of a newer generation, such as t4g, m7g or r7g.",
    references: {},
    config: {
        families: {
            type: "array",
            items: { type: "string" },
            description: "The families that are refused.",
            default: ["t1", "m1", "m2", "c1", "t2", "m3", "r3", "m4", "r4"],
        },
    },
    checks: Object.fromEntries(
        Object.entries(classes).map(([type, path]): [string, Check] => [
            type,
            (facts, { config }) =>
                (config.families as string[]).includes(machineClass(facts, path)?.family ?? "")
                    ? { found: `${path} is "${facts.text(path)}", of an old generation` }
                    : undefined,
        ]),
    ),
};
