import { isThrowAway } from "../durability";
import { forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "automated-backups-kept",
    pack: "compliance",
    title: "Backups outlive the database.",
    severity: "medium",
    topic: "Deletion",
    why: "With the automated backups the way to any moment before the deletion goes too; the final snapshot is one moment only.",
    fix: "Set deleteAutomatedBackups to false.",
    references: {},
    config: {},
    checks: forTypes([type.rdsInstance, type.rdsCluster], (facts, circumstances) =>
        isThrowAway(circumstances) || facts.isSet("replicateSourceDb") || facts.read("deleteAutomatedBackups") === false
            ? undefined
            : say(facts, "deleteAutomatedBackups", "true"),
    ),
};
