import type { Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "customer-managed-key",
    pack: "security",
    title: "Data is encrypted with a key of your own.",
    severity: "medium",
    topic: "Encryption at rest",
    why: "Only a key of your own can be withdrawn, shared with a restore account, and watched in the audit log.",
    fix: "Make an aws.kms.Key with rotation and name it in kmsKeyId (Amazon MQ: encryptionOptions.kmsKeyId).",
    references: { checkov: ["CKV_AWS_191", "CKV_AWS_209", "CKV_AWS_354"], trivy: ["AWS-0078"] },
    config: {},
    checks: {
        [type.rdsInstance]: (facts) => (facts.isSet("kmsKeyId") || facts.isSet("replicateSourceDb") ? undefined : say(facts, "kmsKeyId", "a key of AWS")),
        [type.rdsCluster]: (facts) => (facts.isSet("kmsKeyId") ? undefined : say(facts, "kmsKeyId", "a key of AWS")),
        [type.replicationGroup]: (facts) => (facts.isSet("kmsKeyId") ? undefined : say(facts, "kmsKeyId", "a key of AWS")),
        [type.memoryDb]: (facts) => (facts.isSet("kmsKeyArn") ? undefined : say(facts, "kmsKeyArn", "a key of AWS")),
        [type.mqBroker]: (facts) => (facts.isSet("encryptionOptions.kmsKeyId") ? undefined : say(facts, "encryptionOptions.kmsKeyId", "a key of AWS")),
    },
};
