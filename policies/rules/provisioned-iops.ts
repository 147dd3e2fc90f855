import type { Rule } from "../rule";
import { developmentStacks, isAmong } from "../stacks";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "provisioned-iops",
    pack: "cost",
    title: "Stacks that nobody depends on pay for no extra speed of disks.",
    severity: "low",
    topic: "Storage",
    why: "A thousand provisioned operations a second cost about $100 a month, as much as a machine.",
    fix: "Remove iops and storageThroughput, and use gp3.",
    references: {},
    config: { stacks: developmentStacks },
    checks: {
        [type.rdsInstance]: (facts, { config, stack }) => {
            const path = ["iops", "storageThroughput"].find((name) => facts.isSet(name) && (facts.number(name) ?? 0) > 0);
            return path !== undefined && isAmong(config.stacks, stack) ? say(facts, path, "what the storage has by itself") : undefined;
        },
    },
};
