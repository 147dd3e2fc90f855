import { isThrowAway } from "../durability";
import type { Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "volumes-kept",
    pack: "compliance",
    title: "Deleting an object of Kubernetes doesn't drop the data below it.",
    severity: "high",
    topic: "Deletion",
    why: "Renaming an object or moving it to another namespace is a deletion too.",
    fix: "Remove the setting: to retain is what Kubernetes and the operators do by themselves.",
    references: {},
    config: {},
    checks: {
        [type.statefulSet]: (facts, circumstances) =>
            ["whenDeleted", "whenScaled"]
                .map((name) => `spec.persistentVolumeClaimRetentionPolicy.${name}`)
                .filter((path) => facts.read(path) === "Delete" && !isThrowAway(circumstances))
                .map((path) => say(facts, path, "Retain")),
        [type.cnpgDatabase]: (facts, circumstances) =>
            facts.read("spec.databaseReclaimPolicy") === "delete" && !isThrowAway(circumstances)
                ? say(facts, "spec.databaseReclaimPolicy", "retain")
                : undefined,
    },
};
