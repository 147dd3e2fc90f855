import { isWholeWorld } from "../addresses";
import type { Facts } from "../facts";
import { servedPorts } from "../kubernetes";
import { type Finding, forTypes, type Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "no-public-service",
    pack: "security",
    title: "Services that serve data are reachable from inside the cluster, or from named addresses only.",
    severity: "critical",
    topic: "Public access",
    why: "A load balancer without a list of addresses is open to whoever can reach it, which is everyone unless the cloud says otherwise.",
    fix: "Use the type ClusterIP; or a LoadBalancer with loadBalancerSourceRanges; or a NodePort with externalTrafficPolicy: Local and a NetworkPolicy.",
    references: {},
    config: {},
    checks: {
        [type.service]: (facts) => (servedPorts(facts).length === 0 ? undefined : exposure(facts, "spec")),
        [type.rabbitmqCluster]: (facts) => exposure(facts.at("spec.service"), ""),
        ...forTypes([type.cnpgCluster], (facts) =>
            facts.items("spec.managed.services.additional").flatMap((one) => exposure(one.at("serviceTemplate.spec"), "") ?? []),
        ),
    },
};

function exposure(facts: Facts, below: string): Finding | undefined {
    const spec = below === "" ? facts : facts.at(below);
    const kind = spec.read("type");
    const at = spec.pathOf("type");
    if (kind === "LoadBalancer") {
        const ranges = spec.texts("loadBalancerSourceRanges");
        if (ranges.length === 0) {
            return { found: `${at} is "LoadBalancer" and loadBalancerSourceRanges is not set, which means every address` };
        }
        const open = ranges.find(isWholeWorld);
        return open === undefined ? undefined : { found: `loadBalancerSourceRanges holds "${open}", which is every address` };
    }
    if (kind === "NodePort" && spec.read("externalTrafficPolicy") !== "Local") {
        return { found: `${at} is "NodePort" and externalTrafficPolicy isn't "Local", so that no NetworkPolicy can tell clients apart` };
    }
    return undefined;
}
