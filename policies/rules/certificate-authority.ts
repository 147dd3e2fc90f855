import { forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "certificate-authority",
    pack: "security",
    title: "Certificates come from an authority that is still valid.",
    severity: "high",
    topic: "Encryption in transit",
    why: "On the day the authority ends, every client that checks certificates stops.",
    fix: 'Remove caCertIdentifier, or set it to "rds-ca-rsa2048-g1", "rds-ca-rsa4096-g1" or "rds-ca-ecc384-g1".',
    references: { checkov: ["CKV_AWS_211"] },
    config: {},
    checks: {
        // Absent is the newest authority.
        ...forTypes([type.rdsInstance, type.rdsClusterInstance], (facts) =>
            /^rds-ca-20\d\d$/.test(String(facts.knownOr("caCertIdentifier", ""))) ? say(facts, "caCertIdentifier", "the newest") : undefined,
        ),
    },
};
