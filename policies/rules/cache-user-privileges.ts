import type { Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "cache-user-privileges",
    pack: "security",
    title: "Users of caches can't administer them.",
    severity: "medium",
    topic: "Users and passwords",
    why: "A user with every command can empty the cache, read its configuration and make more users.",
    fix: 'Take the dangerous commands away: "on ~app:* +@all -@dangerous -@admin".',
    references: {},
    config: {},
    checks: {
        [type.cacheUser]: (facts) => {
            const words = facts.text("accessString").toLowerCase().split(/\s+/);
            const allowed = words.lastIndexOf("+@all") >= 0 || words.includes("allcommands");
            const isOn = words[0] !== "off" && words.includes("on");
            const taken = words.some((word, index) => /^-@(dangerous|admin)$/.test(word) && index > words.lastIndexOf("+@all"));
            return isOn && allowed && !taken ? { found: "accessString allows every command" } : undefined;
        },
    },
};
