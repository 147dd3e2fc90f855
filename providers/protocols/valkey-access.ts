/** What users of Valkey may do, in the words of its access control lists. No client library: programs load this. */
import type { Access } from "../../components/backend";

/** What one user may do. */
export interface ValkeyAccess {
    readonly access: Access;
    /** Patterns of the keys and channels that the user may touch; all, when undefined. */
    readonly keys?: readonly string[];
}

/**
 * What a read-write user may run: all commands on data, none on the server.
 *
 * `@dangerous` takes away what hurts every other consumer: FLUSHALL, FLUSHDB and SWAPDB; KEYS, which stops the server while it looks at
 * every key (SCAN does the same in steps); MIGRATE and RESTORE; and with `@admin` CONFIG, ACL, MONITOR, SHUTDOWN, REPLICAOF and CLIENT KILL.
 * Two of its commands come back: INFO, which clients ask before they are "ready", and SORT, which is as harmless as LRANGE since the
 * server lets only users of every key look at other keys with it.
 */
const readwriteCommands = ["+@all", "-@admin", "-@dangerous", "+info", "+sort", "+sort_ro"];

/** What a read-only user may run: reads, transactions of reads, and listening to channels; HELLO, CLIENT, SELECT and the like are `@connection`. */
const readonlyCommands = [
    ...["-@all", "+@read", "+@connection", "+@transaction", "+@pubsub", "-publish", "-spublish"],
    ...["-@admin", "-@dangerous", "+info", "+sort_ro"],
];

/**
 * What a user of certain keys may not run, since it reaches past them: names of other keys can be secrets themselves (`session:<token>`),
 * and a function that such a user replaced would run with the rights of whoever calls it.
 */
const pastKeyPatterns = ["-scan", "-randomkey", "-pubsub", "-client|tracking", "-function"];

/** The keys and commands of a user, as access control lists take them. */
export function accessRules({ access, keys }: ValkeyAccess): string[] {
    const patterns = keys ?? ["*"];
    for (const pattern of patterns) {
        if (pattern === "" || /\s/.test(pattern)) {
            throw new Error(
                `The key pattern ${JSON.stringify(pattern)} can't be used: it must not be empty or hold a space. Write ? for a character that is a space.`,
            );
        }
    }
    const prefix = access === "readonly" ? "%R~" : "~";
    return [
        ...patterns.flatMap((pattern) => [`${prefix}${pattern}`, `&${pattern}`]),
        ...(access === "readonly" ? readonlyCommands : readwriteCommands),
        ...(keys === undefined ? [] : pastKeyPatterns),
    ];
}
