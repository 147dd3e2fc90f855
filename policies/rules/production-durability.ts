import { forTypes, type Rule } from "../rule";
import { isAmong, productionStacks } from "../stacks";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "production-durability",
    pack: "compliance",
    title: "Services of production are none to throw away.",
    severity: "high",
    topic: "Deletion",
    why: "An ephemeral service isn't protected, and leaves nothing when it goes.",
    fix: 'Set the durability "standard" or "critical", or leave it out.',
    references: {},
    config: { stacks: productionStacks },
    checks: forTypes(type.managedServices, (facts, { config, stack }) =>
        facts.read("durability") === "ephemeral" && isAmong(config.stacks, stack) ? say(facts, "durability", "standard") : undefined,
    ),
};
