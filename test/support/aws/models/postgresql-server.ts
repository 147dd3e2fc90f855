import { Client, escapeIdentifier, escapeLiteral } from "pg";
import type { RealServer } from "../servers";
import { text, type Values } from "../values";

/**
 * Makes on a real server what RDS makes on a new one: a master user that is no superuser, in a group `rds_superuser` of like privileges, and its
 * database. `rds_superuser` is as RDS documents it, in as much as roles of PostgreSQL can be granted without an extension of RDS.
 */
export async function makeMaster(server: RealServer, inputs: Values, password: string): Promise<void> {
    const master = escapeIdentifier(text(inputs.username));
    await withAdministrator(server, "postgres", async (client) => {
        const version = Number((await client.query("SHOW server_version_num")).rows[0].server_version_num);
        const granted = ["pg_monitor", "pg_signal_backend", ...(version >= 150000 ? ["pg_checkpoint"] : [])];
        const { rowCount } = await client.query("SELECT FROM pg_roles WHERE rolname = 'rds_superuser'");
        if (rowCount === 0) await client.query("CREATE ROLE rds_superuser NOLOGIN");
        await client.query(`GRANT ${granted.join(", ")} TO rds_superuser WITH ADMIN OPTION`);
        await client.query(`CREATE ROLE ${master} LOGIN CREATEDB CREATEROLE PASSWORD ${escapeLiteral(password)} IN ROLE rds_superuser`);
        if (inputs.dbName !== undefined) {
            await client.query(`CREATE DATABASE ${escapeIdentifier(text(inputs.dbName))} OWNER ${master}`);
        }
    });
}

/** A deleted instance leaves nothing: drops every database and role but the server's own. */
export async function removeAll(server: RealServer): Promise<void> {
    await withAdministrator(server, "postgres", async (client) => {
        const databases = await client.query("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'");
        for (const { datname } of databases.rows) await client.query(`DROP DATABASE ${escapeIdentifier(datname)} WITH (FORCE)`);
        const roles = await client.query("SELECT rolname FROM pg_roles WHERE NOT rolsuper AND rolname !~ '^pg_'");
        for (const { rolname } of roles.rows) await client.query(`DROP OWNED BY ${escapeIdentifier(rolname)}`);
        for (const { rolname } of roles.rows) await client.query(`DROP ROLE ${escapeIdentifier(rolname)}`);
    });
}

/** The names of what a client made on a server and left there. */
export async function leftOn(server: RealServer): Promise<string[]> {
    return withAdministrator(server, "postgres", async (client) => {
        const sql = `SELECT 'database ' || datname AS name FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres'
            UNION SELECT 'role ' || rolname FROM pg_roles WHERE NOT rolsuper AND rolname !~ '^pg_'`;
        return (await client.query(sql)).rows.map(({ name }) => name);
    });
}

async function withAdministrator<Result>(server: RealServer, database: string, action: (client: Client) => Promise<Result>): Promise<Result> {
    const { username, password } = server.administrator;
    const client = new Client({ host: server.host, port: server.port, user: username, password, database, ssl: { ca: server.certificates } });
    await client.connect();
    try {
        return await action(client);
    } finally {
        await client.end();
    }
}
