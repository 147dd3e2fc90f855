import { isThrowAway } from "../durability";
import { forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "final-snapshot",
    pack: "compliance",
    title: "A deleted server leaves a snapshot.",
    severity: "high",
    topic: "Deletion",
    why: "It is the only way back once a deletion went through.",
    fix: "Set skipFinalSnapshot to false and finalSnapshotIdentifier to a name that no other server uses.",
    references: {},
    config: {},
    checks: {
        ...forTypes([type.rdsInstance, type.rdsCluster], (facts, circumstances) => {
            if (isThrowAway(circumstances) || facts.isSet("replicateSourceDb")) {
                return undefined;
            }
            if (facts.read("skipFinalSnapshot") === true) {
                return say(facts, "skipFinalSnapshot", "false");
            }
            return facts.isSet("finalSnapshotIdentifier") ? undefined : say(facts, "finalSnapshotIdentifier", "that a deletion fails half-way");
        }),
        [type.replicationGroup]: (facts, circumstances) =>
            isThrowAway(circumstances) || facts.isSet("finalSnapshotIdentifier") ? undefined : say(facts, "finalSnapshotIdentifier", "no snapshot"),
        [type.memoryDb]: (facts, circumstances) =>
            isThrowAway(circumstances) || facts.isSet("finalSnapshotName") ? undefined : say(facts, "finalSnapshotName", "no snapshot"),
    },
};
