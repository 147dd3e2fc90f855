import type { Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "cache-tls",
    pack: "security",
    title: "Caches take connections with TLS only.",
    severity: "high",
    topic: "Encryption in transit",
    why: "Sessions and tokens are what caches hold most; without TLS they travel in the clear.",
    fix: 'Set transitEncryptionEnabled to true and transitEncryptionMode to "required" (MemoryDB: tlsEnabled).',
    references: { fsbp: ["ElastiCache.5"], checkov: ["CKV_AWS_30"], trivy: ["AWS-0051"], prowler: ["elasticache_redis_cluster_in_transit_encryption_enabled"] },
    config: {},
    checks: {
        [type.replicationGroup]: (facts) => {
            if (facts.read("transitEncryptionEnabled") !== true) {
                return say(facts, "transitEncryptionEnabled", "false");
            }
            return facts.read("transitEncryptionMode") === "preferred" ? say(facts, "transitEncryptionMode", "required") : undefined;
        },
        [type.memoryDb]: (facts) => (facts.read("tlsEnabled") === false ? say(facts, "tlsEnabled", "true") : undefined),
    },
};
