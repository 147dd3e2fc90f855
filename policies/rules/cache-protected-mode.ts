import type { Rule } from "../rule";
import { serverSettings } from "../settings";

export const rule: Rule = {
    id: "cache-protected-mode",
    pack: "security",
    title: "Caches keep their protected mode and their administration to themselves.",
    severity: "high",
    topic: "Public access",
    why: "Protected mode is what refuses strangers when somebody forgot to set a password; the debug and module commands run code.",
    fix: "Remove the setting.",
    references: {},
    config: {},
    checks: serverSettings(
        (name, value) =>
            (name === "protected-mode" && value === "no") || (/^enable-(debug-command|module-command|protected-configs)$/.test(name) && value === "yes"),
    ),
};
