import { cacheNodes } from "../prices";
import { type Check, forTypes, type Rule } from "../rule";
import { developmentStacks, isAmong } from "../stacks";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "idle-availability",
    pack: "cost",
    title: "Stacks that nobody depends on have no standby servers.",
    severity: "low",
    topic: "Sizes",
    why: "A standby doubles or triples the price and helps nobody when a test environment is away for an hour.",
    fix: 'Set multiAz to false, one node, one server; with this library: neither highAvailability nor the durability "critical".',
    references: {},
    config: { stacks: developmentStacks },
    checks: {
        [type.rdsInstance]: inDevelopment((facts) => (facts.read("multiAz") === true ? say(facts, "multiAz", "false") : undefined)),
        [type.mqBroker]: inDevelopment((facts) =>
            /^(CLUSTER|ACTIVE)/.test(facts.text("deploymentMode")) ? say(facts, "deploymentMode", "SINGLE_INSTANCE") : undefined,
        ),
        [type.replicationGroup]: inDevelopment((facts) => (cacheNodes(facts) > 1 ? { found: `the group has ${cacheNodes(facts)} nodes` } : undefined)),
        [type.cnpgCluster]: inDevelopment((facts) => ((facts.number("spec.instances") ?? 1) > 1 ? say(facts, "spec.instances", "1") : undefined)),
        [type.rabbitmqCluster]: inDevelopment((facts) => ((facts.number("spec.replicas") ?? 1) > 1 ? say(facts, "spec.replicas", "1") : undefined)),
        ...forTypes(
            type.managedServices,
            inDevelopment((facts) => {
                if (facts.read("backend") === "local") {
                    return undefined;
                }
                if (facts.read("highAvailability") === true) {
                    return say(facts, "highAvailability", "false");
                }
                return facts.read("durability") === "critical" ? say(facts, "durability", "standard") : undefined;
            }),
        ),
    },
};

function inDevelopment(check: Check): Check {
    return (facts, circumstances) => (isAmong(circumstances.config.stacks, circumstances.stack) ? check(facts, circumstances) : undefined);
}
