import type { Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "key-rotated",
    pack: "security",
    title: "Keys are rotated.",
    severity: "medium",
    topic: "Rotation",
    why: "A key that never changes protects everything that was ever written, and loses all of it at once.",
    fix: "Set enableKeyRotation to true.",
    references: { fsbp: ["KMS.4"], checkov: ["CKV_AWS_7"], prowler: ["kms_cmk_rotation_enabled"], trivy: ["AWS-0065"] },
    config: { maximumDays: { type: "integer", minimum: 90, description: "The most days between two rotations.", default: 365 } },
    checks: {
        [type.kmsKey]: (facts, { config }) => {
            // Keys for signatures and keys from outside can't be rotated by AWS.
            const rotatable =
                (facts.text("customerMasterKeySpec") || "SYMMETRIC_DEFAULT") === "SYMMETRIC_DEFAULT" &&
                (facts.text("keyUsage") || "ENCRYPT_DECRYPT") === "ENCRYPT_DECRYPT";
            if (!rotatable) {
                return undefined;
            }
            if (facts.read("enableKeyRotation") !== true) {
                return say(facts, "enableKeyRotation", "false");
            }
            const days = facts.number("rotationPeriodInDays") ?? 365;
            return days > (config.maximumDays as number)
                ? {
                      found: `rotationPeriodInDays is ${days}, and ${config.maximumDays} is the most`,
                      fix: `Set rotationPeriodInDays to ${config.maximumDays} or less.`,
                  }
                : undefined;
        },
    },
};
