import type { Check, Rule } from "../rule";
import { usersOf } from "../users";
import { show } from "../words";

export const rule: Rule = {
    id: "no-default-users",
    pack: "security",
    title: "No user has the name that everyone tries first.",
    severity: "medium",
    topic: "Users and passwords",
    why: "Half of every attack on a login is the name; these come with the server.",
    fix: "Give the user a name of your own.",
    references: { fsbp: ["RDS.24", "RDS.25"], prowler: ["rds_instance_default_admin", "rds_cluster_default_admin"] },
    config: {
        names: {
            type: "array",
            items: { type: "string" },
            description: "The names that are refused, in lower case.",
            default: ["admin", "administrator", "root", "postgres", "rdsadmin", "guest", "rabbitmq", "user", "master", "masteruser", "default", "test", "sa"],
        },
    },
    checks: Object.fromEntries(
        Object.entries(usersOf).map(([type, users]): [string, Check] => [
            type,
            (facts, { config }) =>
                users(facts)
                    .filter(({ name }) => (config.names as string[]).includes(name.toLowerCase()))
                    .map(({ name, path }) => ({ found: `${path} makes the user ${show(name)}` })),
        ]),
    ),
};
