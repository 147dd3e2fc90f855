import { isThrowAway } from "../durability";
import { type Check, forTypes, type Rule } from "../rule";
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
        [type.replicationGroup]: named("finalSnapshotIdentifier"),
        [type.memoryDb]: named("finalSnapshotName"),
    },
};

/** Servers that leave a snapshot where its name is set, and have no other switch. */
function named(property: string): Check {
    return (facts, circumstances) =>
        isThrowAway(circumstances) || facts.isSet(property)
            ? undefined
            : { ...say(facts, property, "no snapshot"), fix: `Set ${property} to a name that no other server uses.` };
}
