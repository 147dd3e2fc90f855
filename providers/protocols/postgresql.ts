/**
 * Databases, group roles and users of PostgreSQL 14 to 18, over a connection of an administrator. Every function may be repeated.
 *
 * The administrator is a superuser, or has CREATEROLE and CREATEDB: then it may act for the roles that it is a member of, which all that it
 * makes here become.
 */
import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";
import { Client, type ClientConfig, escapeIdentifier, escapeLiteral } from "pg";
import type { Access } from "../../components/backend";
import { refuseName } from "./names";
import { groupRoles } from "./postgresql-roles";
import type { Admin as Administrator, Protocol, User } from "./protocol";
import { tlsOptions } from "./tls";

export { groupRoles } from "./postgresql-roles";

export type Admin = Client;

/** A user of one database. */
export interface DatabaseUser {
    readonly username: string;
    readonly access: Access;
}

/** What the administrator itself is. */
interface Powers {
    readonly superuser: boolean;
    readonly name: string;
    /** Such as 170012. */
    readonly version: number;
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

/** Makes the database and its group roles; `admin` is connected to any other database. */
export async function ensureDatabase(admin: Admin, database: string): Promise<void> {
    const groups = groupRoles(database);
    const powers = await powersOf(admin);
    await inTurn(admin, async () => {
        for (const group of Object.values(groups)) {
            if (!(await roleExists(admin, group))) {
                await admin.query(`CREATE ROLE ${escapeIdentifier(group)} NOLOGIN`);
            }
            await join(admin, powers, group);
        }
    });
    const { rows } = await admin.query("SELECT pg_get_userbyid(datdba) AS owner FROM pg_database WHERE datname = $1", [database]);
    if (rows.length === 0) {
        await admin.query(`CREATE DATABASE ${escapeIdentifier(database)} OWNER ${escapeIdentifier(groups.owner)}`);
    } else if (rows[0].owner === powers.name) {
        await admin.query(`ALTER DATABASE ${escapeIdentifier(database)} OWNER TO ${escapeIdentifier(groups.owner)}`);
    }
}

/**
 * Gives the group roles their privileges; `admin` is connected to the database itself. Objects made later are covered by default
 * privileges of the two groups that make objects.
 */
export async function grantGroups(admin: Admin, database: string): Promise<void> {
    const [db, owner, readwrite, readonly] = [database, ...Object.values(groupRoles(database))].map(escapeIdentifier) as [string, string, string, string];
    const publicSchema = `
        ALTER SCHEMA public OWNER TO ${owner};
        REVOKE ALL ON SCHEMA public FROM PUBLIC;
        GRANT USAGE, CREATE ON SCHEMA public TO ${readwrite};
        GRANT USAGE ON SCHEMA public TO ${readonly};
    `;
    // Of PostgreSQL 14 it belongs to the superuser of the server, and everybody who may connect may make tables there. Later it is the database owner's.
    const { rows } = await admin.query("SELECT pg_has_role(current_user, nspowner, 'USAGE') AS owns FROM pg_namespace WHERE nspname = 'public'");
    const ownsPublic = rows[0]?.owns === true;
    await inTurn(admin, () =>
        admin.query(`
        BEGIN;
        GRANT ${readwrite} TO ${owner};
        REVOKE ALL ON DATABASE ${db} FROM PUBLIC;
        GRANT CONNECT, TEMPORARY ON DATABASE ${db} TO ${readwrite};
        GRANT CONNECT ON DATABASE ${db} TO ${readonly};
        ${ownsPublic ? publicSchema : ""}
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT USAGE, CREATE ON SCHEMAS TO ${readwrite};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT ALL ON TABLES TO ${readwrite};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT ALL ON SEQUENCES TO ${readwrite};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT USAGE ON SCHEMAS TO ${readonly};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT ON TABLES TO ${readonly};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${owner} GRANT SELECT ON SEQUENCES TO ${readonly};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${readwrite} GRANT SELECT ON TABLES TO ${readonly};
        ALTER DEFAULT PRIVILEGES FOR ROLE ${readwrite} GRANT SELECT ON SEQUENCES TO ${readonly};
        COMMIT;
    `),
    );
}

/**
 * Makes or changes a user; `admin` is connected to the database. The password reaches the server as a SCRAM verifier only. Sessions that have
 * other rights than the user now has are ended.
 */
export async function ensureUser(admin: Admin, database: string, user: DatabaseUser, password: string): Promise<void> {
    const name = escapeIdentifier(user.username);
    const groups = groupRoles(database);
    const powers = await powersOf(admin);
    await inTurn(admin, async () => {
        const exists = await roleExists(admin, user.username);
        const others = Object.entries(groups).flatMap(([access, group]) => (access === user.access ? [] : [group]));
        const group = groups[user.access];
        const before = await membershipsOf(admin, user.username, others);
        // A session acts as the group, so that what it makes belongs to the group and not to the user.
        const session =
            user.access === "readonly"
                ? `ALTER ROLE ${name} IN DATABASE ${escapeIdentifier(database)} SET default_transaction_read_only = on`
                : `ALTER ROLE ${name} IN DATABASE ${escapeIdentifier(database)} SET role = ${escapeLiteral(group)}`;
        await admin.query(`
            BEGIN;
            ${exists ? "ALTER" : "CREATE"} ROLE ${name} LOGIN ${powers.superuser || !exists ? "NOSUPERUSER" : ""} NOCREATEDB NOCREATEROLE
                PASSWORD ${escapeLiteral(scramVerifier(password))};
            ${others.map((other) => `REVOKE ${escapeIdentifier(other)} FROM ${name};`).join("\n")}
            GRANT ${escapeIdentifier(group)} TO ${name};
            ALTER ROLE ${name} IN DATABASE ${escapeIdentifier(database)} RESET ALL;
            ${session};
        `);
        await join(admin, powers, user.username);
        await assertLeft(admin, user.username, others);
        await admin.query("COMMIT");
        if (before.length > 0) {
            await endSessions(admin, user.username);
        }
    });
}

/** Removes a user and its connections; objects that it owns itself go to the group. `admin` is connected to the database. */
export async function dropUser(admin: Admin, database: string, username: string): Promise<void> {
    if (!(await roleExists(admin, username))) {
        return;
    }
    const name = escapeIdentifier(username);
    const powers = await powersOf(admin);
    await inTurn(admin, async () => {
        await admin.query(`ALTER ROLE ${name} NOLOGIN`);
        await join(admin, powers, username);
        // While the role is there: sessions of a role that is gone have no name, and nobody but a superuser may end them.
        await endSessions(admin, username);
        await admin.query(`
            BEGIN;
            REASSIGN OWNED BY ${name} TO ${escapeIdentifier(groupRoles(database).readwrite)};
            DROP OWNED BY ${name};
            DROP ROLE ${name};
            COMMIT;
        `);
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

async function powersOf(admin: Admin): Promise<Powers> {
    const { rows } = await admin.query(
        "SELECT rolsuper AS superuser, rolname AS name, current_setting('server_version_num')::int AS version FROM pg_roles WHERE rolname = current_user",
    );
    return rows[0] as Powers;
}

/**
 * Makes the administrator a member of a role that it made. Up to version 15 with the right to pass that on, which from 16 on it has anyway:
 * after an upgrade from 15 it would have lost every role.
 */
async function join(admin: Admin, { superuser, version }: Powers, role: string): Promise<void> {
    if (!superuser) {
        await admin.query(`GRANT ${escapeIdentifier(role)} TO CURRENT_USER ${version < 160_000 ? "WITH ADMIN OPTION" : ""}`);
    }
}

/** From version 16 on only who gave a membership takes it away, and REVOKE merely warns. After an upgrade from 15 that is the superuser. */
async function assertLeft(admin: Admin, username: string, groups: readonly string[]): Promise<void> {
    const [left] = await membershipsOf(admin, username, groups);
    if (left !== undefined) {
        const statement = `REVOKE ${escapeIdentifier(left.role)} FROM ${escapeIdentifier(username)};`;
        throw new Error(
            `The user "${username}" can't get other rights: "${left.grantor}" gave it the role "${left.role}", and nobody else can take that away. ` +
                `Run as "${left.grantor}": ${statement} Or give the binding another username.`,
        );
    }
}

async function membershipsOf(admin: Admin, username: string, groups: readonly string[]): Promise<{ role: string; grantor: string }[]> {
    const { rows } = await admin.query(
        `SELECT pg_get_userbyid(roleid) AS role, pg_get_userbyid(grantor) AS grantor FROM pg_auth_members
         WHERE pg_get_userbyid(member) = $1 AND pg_get_userbyid(roleid) = ANY ($2)`,
        [username, groups],
    );
    return rows;
}

async function endSessions(admin: Admin, username: string): Promise<void> {
    await admin.query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1", [username]);
}

async function roleExists(admin: Admin, role: string): Promise<boolean> {
    const { rowCount } = await admin.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [role]);
    return rowCount !== 0;
}

/** Bindings are made side by side, but two sessions can't change the members of one role at once. */
async function inTurn(admin: Admin, action: () => Promise<unknown>): Promise<void> {
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

/** Somebody else, such as an operator, may be changing the same database: one of the two is refused. */
async function undisturbed(action: () => Promise<void>, attempts = 5): Promise<void> {
    try {
        await action();
    } catch (error) {
        if (attempts <= 1 || !/tuple concurrently (updated|deleted)/.test((error as Error).message)) {
            throw error;
        }
        await new Promise((resolve) => setTimeout(resolve, 200));
        await undisturbed(action, attempts - 1);
    }
}

export const protocol: Protocol = {
    async version(admin) {
        const { rows } = await withClient(clientConfig(admin, "postgres"), (client) => client.query("SHOW server_version"));
        // Debian's packages add their own version in brackets.
        return String(rows[0].server_version).split(" ")[0] as string;
    },
    async hasPath(admin, path) {
        const { rowCount } = await withClient(clientConfig(admin, "postgres"), (client) =>
            client.query("SELECT 1 FROM pg_database WHERE datname = $1", [path]),
        );
        return rowCount !== 0;
    },
    async ensurePath(admin, path) {
        await undisturbed(() => withClient(clientConfig(admin, "postgres"), (client) => ensureDatabase(client, path)));
        await undisturbed(() => withClient(clientConfig(admin, path), (client) => grantGroups(client, path)));
    },
    async ensureUser(admin, user, password) {
        const database = databaseOf(user);
        refuseName(admin, user.username, ["postgres", "streaming_replica", "cnpg_pooler_pgbouncer"]);
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

/** An administrator's connection to a database. */
export function clientConfig(admin: Administrator, database: string): ClientConfig {
    const { host, port, username, password } = admin;
    return { host, port, user: username, password, database, ssl: tlsOptions(admin) };
}

function databaseOf({ username, path }: User): string {
    if (path === undefined) {
        throw new Error(`the user "${username}" is for no database`);
    }
    return path;
}
