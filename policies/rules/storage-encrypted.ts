import { forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "storage-encrypted",
    pack: "security",
    title: "Data is encrypted at rest.",
    severity: "critical",
    topic: "Encryption at rest",
    why: "A copied disk or snapshot would show everything that is in it; encryption can't be turned on later without replacing the server.",
    fix: "Set storageEncrypted (RDS) or atRestEncryptionEnabled (ElastiCache) to true.",
    references: { fsbp: ["RDS.3", "ElastiCache.4"], cis: ["3.2.1"], checkov: ["CKV_AWS_16", "CKV_AWS_29"], trivy: ["AWS-0080", "AWS-0045"] },
    config: {},
    checks: {
        // Replicas and restored servers are as encrypted as what they come from.
        [type.rdsInstance]: (facts) =>
            facts.isSet("replicateSourceDb") || facts.isSet("snapshotIdentifier") || facts.read("storageEncrypted") === true
                ? undefined
                : say(facts, "storageEncrypted", "false"),
        [type.rdsCluster]: (facts) => (facts.read("storageEncrypted") === true ? undefined : say(facts, "storageEncrypted", "false")),
        ...forTypes([type.replicationGroup], (facts) => {
            const encrypted = facts.read("atRestEncryptionEnabled");
            // Valkey is encrypted unless somebody says otherwise; Redis isn't.
            return encrypted === true || (encrypted === undefined && facts.text("engine") === "valkey")
                ? undefined
                : say(facts, "atRestEncryptionEnabled", "false for Redis");
        }),
    },
};
