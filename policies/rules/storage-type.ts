import type { Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "storage-type",
    pack: "cost",
    title: "Storage is gp3.",
    severity: "low",
    topic: "Storage",
    why: "For the same price gp3 does 3000 operations a second from the first GiB; gp2 does three per GiB.",
    fix: 'Set storageType to "gp3".',
    references: {},
    config: { allowed: { type: "array", items: { type: "string" }, description: "The types that are allowed.", default: ["gp3"] } },
    checks: {
        [type.rdsInstance]: (facts, { config }) => {
            const kind = facts.text("storageType");
            // Aurora has its own storage, and a replica or a restored server that of its source.
            const isOwn = !facts.isSet("replicateSourceDb") && !facts.isSet("snapshotIdentifier") && !facts.text("engine").startsWith("aurora");
            const found = kind === "" ? (facts.isSet("iops") ? "io1" : "gp2") : kind;
            return isOwn && !(config.allowed as string[]).includes(found) ? say(facts, "storageType", found) : undefined;
        },
    },
};
