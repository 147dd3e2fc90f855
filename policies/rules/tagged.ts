import type { Facts } from "../facts";
import { type Check, type Finding, forTypes, type Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "tagged",
    pack: "compliance",
    title: "Resources say whose they are.",
    severity: "medium",
    topic: "Ownership",
    why: "Nobody dares to delete, upgrade or pay for what nobody owns.",
    fix: "Set tags (labels in Kubernetes); with this library: defaults.tags of the environment, once for all services.",
    references: { fsbp: ["RDS.28", "RDS.29", "MQ.4"] },
    config: {
        required: {
            type: "array",
            items: { type: "string" },
            description: "The tags that every resource must have. With none, any one tag will do.",
            default: [],
        },
    },
    checks: {
        // Tags of the provider's defaultTags are among a resource's inputs when policies see it.
        ...forTypes(
            [type.rdsInstance, type.rdsCluster, type.mqBroker, type.replicationGroup, type.memoryDb, type.kmsKey, type.securityGroup, type.logGroup],
            (facts, { config }) => missing(facts.at("tags"), "tags", config.required as string[], true),
        ),
        ...forTypes([type.cnpgCluster, type.rabbitmqCluster, type.zalandoPostgresql], (facts, { config }) =>
            missing(facts.at("metadata.labels"), "metadata.labels", config.required as string[], true),
        ),
        // A component needs no tags of its own as long as none is required.
        ...forTypes(type.managedServices, ((facts, { config }) => missing(facts.at("tags"), "tags", config.required as string[], false)) satisfies Check),
    },
};

function missing(tags: Facts, path: string, required: readonly string[], some: boolean): Finding | undefined {
    const names = tags.keys();
    const lacking = required.filter((name) => !names.includes(name));
    if (lacking.length > 0) {
        return { found: `${path} ${names.length === 0 ? "is not set, and lacks" : "lacks"} ${lacking.map((name) => `"${name}"`).join(", ")}` };
    }
    return some && names.length === 0 ? { found: `${path} is not set, which means that nobody owns it` } : undefined;
}
