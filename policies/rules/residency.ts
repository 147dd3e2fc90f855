import { matches } from "../exemptions";
import type { Facts } from "../facts";
import { type Check, type Finding, forTypes, type Rule } from "../rule";
import * as type from "../types";
import { show } from "../words";

export const rule: Rule = {
    id: "residency",
    pack: "compliance",
    title: "Data stays in the regions that it may be in.",
    severity: "critical",
    topic: "Residency",
    why: "Where data is decides which law holds for it; a copy in the wrong place can't be taken back.",
    fix: "Name an allowed region; or add it to the rule's parameter if the data may be there.",
    references: {},
    config: {
        regions: { type: "array", items: { type: "string" }, description: 'The allowed regions; "*" stands for any text. With none, all are.', default: [] },
    },
    checks: {
        ...forTypes([type.awsProvider, type.rdsInstance, type.rdsCluster, type.mqBroker, type.replicationGroup, type.memoryDb], region("region")),
        [type.azureServer]: region("location"),
        ...forTypes(
            [type.rdsClusterInstance],
            (facts, circumstances) => region("region")(facts, circumstances) ?? zone(facts, circumstances.config.regions as string[]),
        ),
        ...forTypes([type.statefulSet, type.cnpgCluster], ((facts, { config }) => {
            const selector =
                facts.at("spec.affinity.nodeSelector").keys().length > 0 ? facts.at("spec.affinity.nodeSelector") : facts.at("spec.template.spec.nodeSelector");
            return outside(selector.own("topology.kubernetes.io/region"), "nodeSelector's topology.kubernetes.io/region", config.regions as string[]);
        }) satisfies Check),
    },
};

function region(path: string): Check {
    return (facts, { config }) => outside(facts.read(path), path, config.regions as string[]);
}

function zone(facts: Facts, regions: readonly string[]): Finding | undefined {
    const name = facts.text("availabilityZone");
    return name === "" ? undefined : outside(name.replace(/[a-z]$/, ""), "availabilityZone", regions);
}

/** A resource that names no region is where its provider is, which is checked by itself. */
function outside(name: unknown, path: string, regions: readonly string[]): Finding | undefined {
    const isOutside = regions.length > 0 && typeof name === "string" && !regions.some((allowed) => matches(allowed, name));
    return isOutside ? { found: `${path} is ${show(name)}, and the allowed regions are ${regions.join(", ")}` } : undefined;
}
