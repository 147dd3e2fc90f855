import type { Facts } from "../facts";
import type { Finding, Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "admin-password-managed",
    pack: "security",
    title: "The administrator's password isn't in the state.",
    severity: "high",
    topic: "Users and passwords",
    why: "Whoever can read the state has the database, and the password stays the same for years.",
    fix: "Set manageMasterUserPassword to true, by which AWS keeps and rotates it; or use the write-only property.",
    references: {},
    config: {},
    checks: { [type.rdsInstance]: (facts) => given(facts, "password"), [type.rdsCluster]: (facts) => given(facts, "masterPassword") },
};

function given(facts: Facts, path: string): Finding | undefined {
    return facts.isSet(path) ? { found: `${path} is set, and so is in the state` } : undefined;
}
