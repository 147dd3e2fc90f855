/** Names and texts of PostgreSQL's roles. No client library: programs load this. */
import type { Access } from "../../components/backend";
import { identifier } from "../../components/names";

/**
 * The roles that hold the privileges; users are members of one. They own the objects, so dropping a user drops none. The ":" keeps
 * their names apart from those of users: `orders.bind("owner")` is a user "orders_owner".
 */
export function groupRoles(database: string): Record<Access, string> {
    const prefix = identifier(database, "_", 63 - ":readwrite".length);
    return { owner: `${prefix}:owner`, readwrite: `${prefix}:readwrite`, readonly: `${prefix}:readonly` };
}

/** A name as SQL takes it, whatever is in it. */
export function quoted(name: string): string {
    return `"${name.replaceAll('"', '""')}"`;
}
