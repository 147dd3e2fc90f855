import { type Check, forTypes, type Rule } from "../rule";
import * as type from "../types";

const day = 24 * 60 * 60 * 1000;

export const rule: Rule = {
    id: "credentials-rotated",
    pack: "security",
    title: "Credentials are rotated in time.",
    severity: "medium",
    topic: "Rotation",
    why: "The longer a password lives, the more people, logs and backups have it.",
    fix: "Set the binding's rotation to today's date: it makes a new user, and the old one works until everything has moved.",
    references: { fsbp: ["SecretsManager.1", "SecretsManager.4"], checkov: ["CKV_AWS_304"] },
    config: {
        maximumDays: { type: "integer", minimum: 1, description: "The most days between two rotations.", default: 90 },
        required: { type: "boolean", description: "Whether every binding must have a rotation that is a date.", default: false },
    },
    checks: {
        ...forTypes(type.boundUsers, ((facts, { config, today }) => {
            const rotation = facts.read("rotation");
            const date = typeof rotation === "string" ? /^\d{4}-\d{2}-\d{2}/.exec(rotation)?.[0] : undefined;
            if (date === undefined) {
                return config.required ? { found: `rotation ${rotation === undefined ? "is not set" : "is no date"}, which means never` } : undefined;
            }
            const age = Math.floor((Date.parse(today) - Date.parse(date)) / day);
            return age > (config.maximumDays as number)
                ? { found: `rotation is ${date}, ${age} days ago, and ${config.maximumDays} days are the most` }
                : undefined;
        }) satisfies Check),
        [type.secretRotation]: (facts, { config }) => {
            const days = facts.number("rotationRules.automaticallyAfterDays");
            return days !== undefined && days > (config.maximumDays as number)
                ? {
                      found: `rotationRules.automaticallyAfterDays is ${days}, and ${config.maximumDays} is the most`,
                      fix: `Set it to ${config.maximumDays} or less.`,
                  }
                : undefined;
        },
    },
};
