/** Users of Valkey (7.2 and newer) or Redis (7.0 and newer), over a connection of an administrator. Every function may be repeated. */
import { createHash } from "node:crypto";
import { Redis, type RedisOptions } from "iovalkey";
import type { Access } from "../../components/backend";
import { refuseName } from "./names";
import type { Admin, Protocol } from "./protocol";
import { tlsOptions } from "./tls";
import { prober } from "./valkey-settings";

export type Connection = Redis;

/** A user of one server. */
export interface ValkeyUser {
    readonly username: string;
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

/** The rules of a user as `ACL SETUSER` and an ACL file take them. The password appears as its hash only. */
export function aclRules({ access, keys }: ValkeyUser, password: string): string[] {
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
        ...["on", `#${passwordHash(password)}`],
        ...patterns.flatMap((pattern) => [`${prefix}${pattern}`, `&${pattern}`]),
        ...(access === "readonly" ? readonlyCommands : readwriteCommands),
        ...(keys === undefined ? [] : pastKeyPatterns),
    ];
}

/** A password as ACL rules keep it. */
export function passwordHash(password: string): string {
    return createHash("sha256").update(password).digest("hex");
}

/** Opens a connection, runs `action` and closes it. An error of the connection is thrown as it is. */
export async function withConnection<Result>(options: RedisOptions, action: (connection: Connection) => Promise<Result>): Promise<Result> {
    const connection = new Redis({
        connectTimeout: 10_000,
        ...options,
        lazyConnect: true,
        enableReadyCheck: false,
        retryStrategy: () => null,
        maxRetriesPerRequest: 0,
    });
    // `connect()` only says "connection is closed"; what closed it is told to the listener.
    let cause: Error | undefined;
    connection.on("error", (error) => {
        cause ??= error;
    });
    try {
        await connection.connect();
        return await action(connection);
    } catch (error) {
        throw cause ?? error;
    } finally {
        connection.disconnect();
    }
}

/** Makes a user, or gives it new rights and this one password. Its open connections have the new rights at once. */
export async function ensureUser(connection: Connection, user: ValkeyUser, password: string): Promise<void> {
    await connection.call("ACL", "SETUSER", user.username, "reset", ...aclRules(user, password));
    await save(connection);
}

/** Removes a user and ends its connections; its keys stay. */
export async function dropUser(connection: Connection, username: string): Promise<void> {
    await connection.call("ACL", "DELUSER", username);
    await save(connection);
}

/** Whether a user can log in with this password. */
export async function canLogIn(options: RedisOptions, username: string, password: string): Promise<boolean> {
    try {
        return await withConnection({ ...options, username, password }, async (connection) => (await connection.ping()) === "PONG");
    } catch (error) {
        if (/WRONGPASS|NOAUTH/.test((error as Error).message)) {
            return false;
        }
        throw error;
    }
}

/** Users outlive a restart only once they are in the ACL file. */
async function save(connection: Connection): Promise<void> {
    try {
        await connection.call("ACL", "SAVE");
    } catch (error) {
        throw new Error(
            `The server could not write its users to its ACL file (${(error as Error).message}): they would be lost with its next restart. ` +
                "Give the server an `aclfile` in a directory that it may write to.",
        );
    }
}

export const protocol: Protocol = {
    async version(admin) {
        const info = await withConnection(connectionOptions(admin), (connection) => connection.info("server"));
        // Valkey tells of itself also which Redis it is compatible with.
        const [, version] = /^valkey_version:(.*?)\r?$/m.exec(info) ?? /^redis_version:(.*?)\r?$/m.exec(info) ?? [];
        return version ?? "";
    },
    // A server has one key space, which is there already.
    ensurePath: async () => undefined,
    async ensureUser(admin, { username, access, keys }, password) {
        refuseName(admin, username, ["default", prober]);
        await withConnection(connectionOptions(admin), (connection) => ensureUser(connection, { username, access, ...(keys && { keys }) }, password));
    },
    dropUser: (admin, { username }) => withConnection(connectionOptions(admin), (connection) => dropUser(connection, username)),
    canLogIn: (admin, { username }, password) => canLogIn(connectionOptions(admin), username, password),
};

/** An administrator's connection. */
export function connectionOptions(admin: Admin): RedisOptions {
    const { host, port, username, password } = admin;
    return { host, port, username, password, commandTimeout: 10_000, tls: tlsOptions(admin) };
}
