import { forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "tags-copied",
    pack: "compliance",
    title: "Snapshots carry the tags of their database.",
    severity: "low",
    topic: "Ownership",
    why: "A snapshot without tags is data whose owner nobody knows, and the last that is thought of when data must be deleted.",
    fix: "Set copyTagsToSnapshot to true.",
    references: {
        fsbp: ["RDS.16", "RDS.17"],
        checkov: ["CKV2_AWS_60", "CKV_AWS_313"],
        prowler: ["rds_instance_copy_tags_to_snapshots", "rds_cluster_copy_tags_to_snapshots"],
    },
    config: {},
    checks: forTypes([type.rdsInstance, type.rdsCluster], (facts) =>
        facts.read("copyTagsToSnapshot") === true ? undefined : say(facts, "copyTagsToSnapshot", "false"),
    ),
};
