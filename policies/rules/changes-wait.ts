import { forTypes, type Rule } from "../rule";
import { isAmong, productionStacks } from "../stacks";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "changes-wait",
    pack: "compliance",
    title: "Changes that restart a server of production wait for its window.",
    severity: "low",
    topic: "Availability",
    why: "With applyImmediately a change of a parameter restarts the server at once, at noon.",
    fix: "Set applyImmediately to false, and maintenanceWindow to a quiet hour.",
    references: {},
    config: { stacks: productionStacks },
    // This library decides by the durability: only what is critical waits.
    checks: forTypes([type.rdsInstance, type.rdsCluster, type.rdsClusterInstance, type.mqBroker, type.replicationGroup], (facts, { config, stack, service }) =>
        facts.read("applyImmediately") === true && isAmong(config.stacks, stack) && service === undefined ? say(facts, "applyImmediately", "false") : undefined,
    ),
};
