import { dataContainers } from "../kubernetes";
import { forTypes, type Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "resources-limited",
    pack: "compliance",
    title: "Data servers have memory of their own.",
    severity: "medium",
    topic: "Availability",
    why: "A pod without a request is the first that a full node kills, in the middle of a write.",
    fix: "Set resources.requests.memory and resources.limits.memory to the same amount.",
    references: { checkov: ["CKV_K8S_12", "CKV_K8S_13"], trivy: ["KSV-0016", "KSV-0018"] },
    config: {},
    checks: {
        ...forTypes(type.workloads, (facts) =>
            dataContainers(facts)
                .filter(({ container }) => !container.isSet("resources.requests.memory") && !container.isSet("resources.limits.memory"))
                .map(({ container }) => ({ found: `${container.pathOf("resources")} has neither requests.memory nor limits.memory` })),
        ),
        [type.cnpgCluster]: (facts) =>
            facts.isSet("spec.resources.requests.memory") || facts.isSet("spec.resources.limits.memory")
                ? undefined
                : { found: "spec.resources has neither requests.memory nor limits.memory" },
    },
};
