import type { Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "no-superusers",
    pack: "security",
    title: "Nobody logs in as a superuser.",
    severity: "high",
    topic: "Users and passwords",
    why: "A superuser of PostgreSQL reads files of the server and runs programs on it; no application needs that.",
    fix: 'Give the role the privileges that it needs; with this library: bind() with access "owner".',
    references: {},
    config: {},
    checks: {
        [type.cnpgCluster]: (facts) => [
            ...(facts.read("spec.enableSuperuserAccess") === true ? [say(facts, "spec.enableSuperuserAccess", "false")] : []),
            ...(facts.read("spec.bootstrap.initdb.owner") === "postgres" ? [say(facts, "spec.bootstrap.initdb.owner", "app")] : []),
            ...facts
                .items("spec.managed.roles")
                .filter((role) => role.read("superuser") === true)
                .map((role) => say(role, "superuser", "false")),
        ],
        [type.zalandoPostgresql]: (facts) => {
            const users = facts.at("spec.users");
            const superusers = users.keys().filter((name) => [users.own(name)].flat().some((flag) => String(flag).toLowerCase() === "superuser"));
            return superusers.map((name) => ({ found: `spec.users makes "${name}" a superuser` }));
        },
        [type.postgresqlRole]: (facts) => (facts.read("superuser") === true ? say(facts, "superuser", "false") : undefined),
    },
};
