import assert from "node:assert/strict";
import { type Binding, query, value, withDatabase, withPlaintextDatabase } from "../support/clients";
import type { ContractBackend } from "./backend";
import { describeBindings, describeLife, describePasswords, type Probe } from "./common";
import type { ContractService } from "./service";

const probe: Probe = {
    async write(binding, text) {
        await query(binding, "CREATE TABLE IF NOT EXISTS probe (id int PRIMARY KEY, text text)");
        await query(binding, "INSERT INTO probe VALUES (1, $1) ON CONFLICT (id) DO UPDATE SET text = excluded.text", [text]);
    },
    read: async (binding) => String(await value(binding, "SELECT text FROM probe")),
    refusesLogin: (error) => ["28P01", "28000"].includes((error as Error & { code?: string }).code ?? ""),
};

/** PostgreSQL on any backend. */
export function databaseContract(name: string, backend: ContractBackend, service: ContractService): void {
    let main: Binding;
    let second: Binding;
    let reader: Binding;
    let owner: Binding;

    before("provision", async () => {
        await service.up({ bindings: { second: {}, reader: { access: "readonly" }, owner: { access: "owner" } } });
        ({ main, second, reader, owner } = (await service.outputs()).bindings as Record<"main" | "second" | "reader" | "owner", Binding>);
    });

    describeBindings(name, "database", backend, service);

    it("writes as one and reads as the others", async () => {
        await query(main, "CREATE TABLE items (id serial PRIMARY KEY, name text)");
        await query(main, "INSERT INTO items (name) VALUES ('made by main')");
        for (const binding of [second, reader, owner]) {
            assert.equal(await value(binding, "SELECT name FROM items"), "made by main");
        }
    });

    it("lets the next read-write user use and change a table", async () => {
        await query(second, "INSERT INTO items (name) VALUES ('made by second')");
        await query(second, "ALTER TABLE items ADD COLUMN price int DEFAULT 1");
        await query(second, "CREATE INDEX items_by_name ON items (name)");
        await query(main, "ALTER TABLE items RENAME COLUMN price TO cost");
        await query(owner, "COMMENT ON TABLE items IS 'by the owner'");
        assert.equal(await value(reader, "SELECT sum(cost)::int FROM items"), 2);
    });

    it("lets a read-only user read tables and sequences made later, and no more", async () => {
        for (const [maker, table] of [
            [main, "later_main"],
            [second, "later_second"],
            [owner, "later_owner"],
        ] as const) {
            await query(maker, `CREATE TABLE ${table} (id serial, n int); INSERT INTO ${table} (n) VALUES (7)`);
            assert.equal(await value(reader, `SELECT n FROM ${table}`), 7);
            assert.equal(Number(await value(reader, `SELECT last_value FROM ${table}_id_seq`)), 1);
        }
    });

    it("refuses every write of a read-only user", async () => {
        const writes = [
            "INSERT INTO items (name) VALUES ('no')",
            "UPDATE items SET name = 'no'",
            "DELETE FROM items",
            "TRUNCATE items",
            "DROP TABLE items",
            "CREATE TABLE no (id int)",
            "CREATE SCHEMA no",
            "SELECT nextval('items_id_seq')",
        ];
        for (const write of writes) {
            await assert.rejects(query(reader, write), isReadOnly, write);
            // The session's own setting is a courtesy: privileges hold without it.
            await assert.rejects(
                withDatabase(reader, async (client) => {
                    await client.query("SET default_transaction_read_only = off");
                    await client.query(write);
                }),
                isDenied,
                write,
            );
        }
        const groups = (await query(main, "SELECT rolname FROM pg_roles WHERE NOT rolcanlogin AND rolname !~ '^pg_'")).rows.map(
            ({ rolname }) => rolname as string,
        );
        const foreign = groups.filter((group) => !/readonly/.test(group));
        assert.ok(foreign.length >= 2, groups.join());
        for (const group of foreign) {
            await assert.rejects(query(reader, `SET ROLE "${group}"`), isDenied, group);
        }
    });

    it("lets the owner make schemas and extensions, whose tables the others can use", async () => {
        await query(owner, "CREATE SCHEMA app; CREATE TABLE app.settings (name text); INSERT INTO app.settings VALUES ('by owner')");
        await query(owner, "CREATE EXTENSION IF NOT EXISTS pgcrypto");
        await query(main, "INSERT INTO app.settings VALUES ('by main'); CREATE TABLE app.more (id int); INSERT INTO app.more VALUES (1)");
        await query(second, "ALTER TABLE app.more ADD COLUMN n int");
        assert.equal(Number(await value(reader, "SELECT count(*) FROM app.settings, app.more")), 2);
        await query(owner, "ALTER TABLE app.more ADD COLUMN o int; DROP TABLE app.more; DROP SCHEMA app CASCADE");
    });

    it("keeps every user from what belongs to the server", async () => {
        for (const binding of [main, second, reader, owner]) {
            await assert.rejects(
                withDatabase(binding, async (client) => {
                    await client.query("SET default_transaction_read_only = off");
                    await client.query("CREATE ROLE intruder");
                }),
                isDenied,
            );
            await assert.rejects(query(binding, "SELECT pg_read_file('/etc/passwd')"), isDenied);
            const { rows } = await query(binding, "SELECT rolsuper, rolcreaterole, rolcreatedb, rolbypassrls FROM pg_roles WHERE rolname = session_user");
            assert.deepEqual(rows, [{ rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolbypassrls: false }]);
        }
    });

    it("keeps the tables of a user that is dropped, for the others to change", async () => {
        await service.bind("leaving", {});
        const leaving = await service.binding("leaving");
        await query(leaving, "CREATE TABLE left_behind (id int); INSERT INTO left_behind VALUES (42)");
        await service.unbind("leaving");
        await assert.rejects(query(leaving, "SELECT 1"), probe.refusesLogin);
        await query(second, "ALTER TABLE left_behind ADD COLUMN n int; INSERT INTO left_behind VALUES (43)");
        assert.equal(Number(await value(reader, "SELECT sum(id) FROM left_behind")), 85);
    });

    it("encrypts, and refuses a connection that doesn't", async () => {
        // A session acts as a group; only its own user sees it in the statistics.
        const { rows } = await withDatabase(main, async (client) => {
            await client.query("SET ROLE NONE");
            return client.query("SELECT ssl, version FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
        });
        assert.deepEqual(rows, [{ ssl: true, version: "TLSv1.3" }]);
        await assert.rejects(
            withPlaintextDatabase(main, (client) => client.query("SELECT 1")),
            probe.refusesLogin,
        );
    });

    it("stores passwords as SCRAM verifiers only", async () => {
        assert.equal(await value(main, "SHOW password_encryption"), "scram-sha-256");
    });

    describePasswords(service, probe);

    it("changes the access of a binding in place", async () => {
        await service.bind("second", { access: "readonly" });
        const before = second;
        assert.deepEqual(await service.binding("second"), before);
        await assert.rejects(query(second, "INSERT INTO items (name) VALUES ('no')"), isReadOnly);
        await service.bind("second", {});
        await query(second, "INSERT INTO items (name) VALUES ('again')");
    });

    describeLife(backend, service, probe);
}

/** Denied by the session's own setting, or before that for lack of privileges. */
function isReadOnly(error: Error): boolean {
    return (error as Error & { code?: string }).code === "25006" || isDenied(error);
}

/** Denied for lack of privileges or of ownership, to which PostgreSQL gives the same code. */
function isDenied(error: Error): boolean {
    return (error as Error & { code?: string }).code === "42501";
}
