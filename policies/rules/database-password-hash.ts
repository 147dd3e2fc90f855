import type { Rule } from "../rule";
import { serverSettings } from "../settings";

export const rule: Rule = {
    id: "database-password-hash",
    pack: "security",
    title: "Passwords are hashed with SCRAM.",
    severity: "medium",
    topic: "Users and passwords",
    why: "An MD5 hash of PostgreSQL is as good as the password to whoever sees it.",
    fix: "Remove password_encryption, which is scram-sha-256 by itself, and set the passwords anew.",
    references: {},
    config: {},
    checks: serverSettings((name, value) => name === "password_encryption" && !/^scram-sha-256$/i.test(value)),
};
