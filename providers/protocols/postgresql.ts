/** Databases, group roles and users of PostgreSQL, over a connection of an administrator. Every function may be repeated. */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { Client, type ClientConfig, escapeIdentifier, escapeLiteral } from "pg";
import type { Access } from "../../components/backend";
import { identifier } from "../../components/names";
import { refuseName } from "./names";
import type { Admin as Administrator, Protocol, User } from "./protocol";

export type Admin = Client;

/** A user of one database. */
export interface DatabaseUser {
    readonly username: string;
    readonly access: Access;
}

/** Opens a connection, runs `action` and closes it. */
export async function withClient<Result>(config: ClientConfig, action: (client: Client) => Promise<Result>): Promise<Result> {
    const client = new Client({ connectionTimeoutMillis: 10_000, ...config });
    // A connection that the server ends later (a restart) must not end this process.
    client.on("error", () => undefined);
    await client.connect();
    try {
        return await action(client);
    } finally {
        await client.end().catch(() => undefined);
    }
}

/**
 * The roles that hold the privileges; users are members of one. They own the objects, so dropping a user drops none. The ":" keeps
 * their names apart from those of users: `orders.bind("owner")` is a user "orders_owner".
 */
export function groupRoles(database: string): Record<Access, string> {
    const prefix = identifier(database, "_", 63 - ":readwrite".length);
    return { owner: `${prefix}:owner`, readwrite: `${prefix}:readwrite`, readonly: `${prefix}:readonly` };
}

/** Makes the database and its group roles; `admin` is connected to any other database. */
export async function ensureDatabase(admin: Admin, database: string): Promise<void> {
    const groups = groupRoles(database);
    for (const group of Object.values(groups)) {
        if (!(await roleExists(admin, group))) {
            await admin.query(`CREATE ROLE ${escapeIdentifier(group)} NOLOGIN`);
        }
    }
    const { rowCount } = await admin.query("SELECT 1 FROM pg_database WHERE datname = $1", [database]);
    if (rowCount === 0) {
        await admin.query(`CREATE DATABASE ${escapeIdentifier(database)} OWNER ${escapeIdentifier(groups.owner)}`);
    }
}

/**
 * Gives the group roles their privileges; `admin` is connected to the database itself. Objects made later are covered by default
 * privileges of the two groups that make objects.
 */
export async function grantGroups(admin: Admin, database: string): Promise<void> {
    const [db, owner, readwrite, readonly] = [database, ...Object.values(groupRoles(database))].map(escapeIdentifier) as [string, string, string, string];
    await admin.query(`
        BEGIN;
        GRANT ${readwrite} TO ${owner};
        REVOKE ALL ON DATABASE ${db} FROM PUBLIC;
        GRANT CONNECT, TEMPORARY ON DATABASE ${db} TO ${readwrite};
        GRANT CONNECT ON DATABASE ${db} TO ${readonly};
        ALTER SCHEMA public OWNER TO ${owner};
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        GRANT USAGE, CREATE ON SCHEMA public TO ${readwrite};
        GRANT USAGE ON SCHEMA public TO ${readonly};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT USAGE, CREATE ON SCHEMAS TO ${readwrite};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT ALL ON TABLES TO ${readwrite};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT ALL ON SEQUENCES TO ${readwrite};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT USAGE ON SCHEMAS TO ${readonly};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT ON TABLES TO ${readonly};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT ON SEQUENCES TO ${readonly};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${readwrite} GRANT SELECT ON TABLES TO ${readonly};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${readwrite} GRANT SELECT ON SEQUENCES TO ${readonly};
        COMMIT;
    `);
}

/** Makes or changes a user; `admin` is connected to the database. The password reaches the server as a SCRAM verifier only. */
export async function ensureUser(admin: Admin, database: string, user: DatabaseUser, password: string): Promise<void> {
    const name = escapeIdentifier(user.username);
    const groups = groupRoles(database);
    await inTurn(admin, async () => {
        const verb = (await roleExists(admin, user.username)) ? "ALTER" : "CREATE";
        const others = Object.entries(groups).filter(([access]) => access !== user.access);
        const group = groups[user.access];
        // A session acts as the group, so that what it makes belongs to the group and not to the user.
        const session =
            user.access === "readonly"
                ? `ALTER ROLE ${name} IN DATABASE ${escapeIdentifier(database)} SET default_transaction_read_only = on`
                : `ALTER ROLE ${name} IN DATABASE ${escapeIdentifier(database)} SET role = ${escapeLiteral(group)}`;
        await admin.query(`
            BEGIN;
            ${verb} ROLE ${name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD ${escapeLiteral(scramVerifier(password))};
            ${others.map(([, other]) => `REVOKE ${escapeIdentifier(other)} FROM ${name};`).join("\n")}
            GRANT ${escapeIdentifier(group)} TO ${name};
            ALTER ROLE ${name} IN DATABASE ${escapeIdentifier(database)} RESET ALL;
            ${session};
            COMMIT;
        `);
    });
}

/** Removes a user and its connections; objects that it owns itself go to the group. `admin` is connected to the database. */
export async function dropUser(admin: Admin, database: string, username: string): Promise<void> {
    if (!(await roleExists(admin, username))) {
        return;
    }
    const name = escapeIdentifier(username);
    await inTurn(admin, async () => {
        await admin.query(`
            BEGIN;
            ALTER ROLE ${name} NOLOGIN;
            REASSIGN OWNED BY ${name} TO ${escapeIdentifier(groupRoles(database).readwrite)};
            DROP OWNED BY ${name};
            DROP ROLE ${name};
            COMMIT;
        `);
        await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", [username]);
    });
}

/**
 * What PostgreSQL stores of a password (RFC 5803). Made here, so that the password itself never reaches the server, whose log quotes
 * statements that fail.
 */
export function scramVerifier(password: string, salt: Buffer = randomBytes(16), iterations = 4096): string {
    const salted = pbkdf2Sync(password.normalize("NFKC"), salt, iterations, 32, "sha256");
    const hmac = (text: string) => createHmac("sha256", salted).update(text).digest();
    const storedKey = createHash("sha256").update(hmac("Client Key")).digest("base64");
    return `SCRAM-SHA-256$${iterations}:${salt.toString("base64")}$${storedKey}:${hmac("Server Key").toString("base64")}`;
}

async function roleExists(admin: Admin, role: string): Promise<boolean> {
    const { rowCount } = await admin.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]);
    return rowCount !== 0;
}

/** Bindings are made side by side, but two sessions can't change the members of one role at once. */
async function inTurn(admin: Admin, action: () => Promise<void>): Promise<void> {
    await admin.query("SELECT pg_advisory_lock(hashtext('pulumi-data-services'))");
    try {
        await action();
    } catch (error) {
        await admin.query("ROLLBACK");
        throw error;
    } finally {
        await admin.query("SELECT pg_advisory_unlock(hashtext('pulumi-data-services'))");
    }
}

export const protocol: Protocol = {
    version: (admin) => withClient(clientConfig(admin, "postgres"), async (client) => (await client.query("SHOW server_version")).rows[0].server_version),
    async ensurePath(admin, path) {
        await withClient(clientConfig(admin, "postgres"), (client) => ensureDatabase(client, path));
        await withClient(clientConfig(admin, path), (client) => grantGroups(client, path));
    },
    async ensureUser(admin, user, password) {
        const database = databaseOf(user);
        refuseName(admin, user.username, ["postgres"]);
        await withClient(clientConfig(admin, database), (client) => ensureUser(client, database, user, password));
    },
    async dropUser(admin, user) {
        const database = databaseOf(user);
        await withClient(clientConfig(admin, database), (client) => dropUser(client, database, user.username));
    },
    async canLogIn(admin, user, password) {
        try {
            return await withClient({ ...clientConfig(admin, databaseOf(user)), user: user.username, password }, async () => true);
        } catch (error) {
            // A wrong password; a user that may not log in.
            if (["28P01", "28000"].includes((error as { code?: string }).code ?? "")) {
                return false;
            }
            throw error;
        }
    },
};

function clientConfig({ host, port, servername = host, certificates, username, password }: Administrator, database: string): ClientConfig {
    return { host, port, user: username, password, database, ssl: { servername, ...(certificates === undefined ? {} : { ca: certificates }) } };
}

function databaseOf({ username, path }: User): string {
    if (path === undefined) {
        throw new Error(`the user "${username}" is for no database`);
    }
    return path;
}
