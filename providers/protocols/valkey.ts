/** Users of Valkey (7.2 and newer) or Redis (7.0 and newer), over a connection of an administrator. Every function may be repeated. */
import { createHash } from "node:crypto";
import { Redis, type RedisOptions } from "iovalkey";
import { refuseName } from "./names";
import type { Admin, Protocol } from "./protocol";
import { tlsOptions } from "./tls";
import { accessRules, type ValkeyAccess } from "./valkey-access";
import { prober } from "./valkey-settings";

export type Connection = Redis;

/** A user of one server. */
export interface ValkeyUser extends ValkeyAccess {
    readonly username: string;
}

/** The rules of a user as `ACL SETUSER` and an ACL file take them. The password appears as its hash only. */
export function aclRules(user: ValkeyUser, password: string): string[] {
    return ["on", `#${passwordHash(password)}`, ...accessRules(user)];
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
