import { forTypes, type Rule } from "../rule";
import { isAmong, productionStacks } from "../stacks";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "production-backend",
    pack: "compliance",
    title: "Services of production don't run on the machine that deploys them.",
    severity: "critical",
    topic: "Availability",
    why: "The local backend is one process on one machine, which may be somebody's laptop or a CI job.",
    fix: "Name another backend for this kind of service in the stack's environment.",
    references: {},
    config: { stacks: productionStacks },
    checks: forTypes(type.managedServices, (facts, { config, stack }) =>
        facts.read("backend") === "local" && isAmong(config.stacks, stack) ? say(facts, "backend", "local") : undefined,
    ),
};
