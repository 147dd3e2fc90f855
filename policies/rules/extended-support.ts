import { forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "extended-support",
    pack: "cost",
    title: "An old version can't start to cost extended support by itself.",
    severity: "medium",
    topic: "Versions",
    why: "After the end of standard support AWS charges for each core and hour, more than a small machine costs, and nobody has to agree.",
    fix: 'Set engineLifecycleSupport to "open-source-rds-extended-support-disabled"; AWS then upgrades in place of charging.',
    references: { prowler: ["rds_instance_extended_support"] },
    config: {},
    checks: forTypes([type.rdsInstance, type.rdsCluster], (facts) => {
        // An Aurora instance and a replica are as their cluster and source are.
        const isOwn = !facts.isSet("replicateSourceDb") && !facts.isSet("clusterIdentifier");
        return isOwn && facts.read("engineLifecycleSupport") !== "open-source-rds-extended-support-disabled"
            ? say(facts, "engineLifecycleSupport", "that extended support is charged when its time comes")
            : undefined;
    }),
};
