import type { Rule } from "../rule";
import { serverSettings } from "../settings";

const off = /^(off|0|false|no)$/i;

export const rule: Rule = {
    id: "unsafe-writes",
    pack: "compliance",
    title: "Databases write what they say is written.",
    severity: "critical",
    topic: "Durability",
    why: "With these settings a crash of the machine can break the database so that only a backup helps.",
    fix: "Remove the setting.",
    references: {},
    config: {},
    checks: serverSettings((name, value) => ["fsync", "full_page_writes"].includes(name) && off.test(value)),
};
