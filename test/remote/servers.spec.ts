import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { runtime } from "@pulumi/pulumi";
import { Client } from "pg";
import { createAuthority } from "../../providers/certificates";
import { freePort } from "../../providers/local/server/ports";
import { findProgram } from "../../providers/local/server/programs";
import type { AdminLogin } from "../../providers/remote/access";
import { RemoteServerProvider, RemoteUserProvider } from "../../providers/remote/server";
import type { RemoteServerInputs } from "../../providers/remote/server/inputs";
import type { RemoteUserInputs } from "../../providers/remote/server/user-provider";
import { assertIncludes } from "../support/assertions";
import { administrator, ExistingTestServer } from "../support/existing";
import { postmaster } from "../support/local";
import { eventually } from "../support/processes";
import { newDirectory } from "../support/sandbox";
import { startSecretsManager } from "../support/secrets-manager";
import { connectTo } from "../support/sockets";
import { noSshd, SshServer } from "../support/sshd";

const versions = { database: ["14", "15", "16", "17", "18"], queue: ["3", "4"], cache: ["7", "8", "9"] };
const servers = new RemoteServerProvider();
const users = new RemoteUserProvider();

/** The inputs of a server's resource. */
function inputsOf(server: ExistingTestServer, more: Partial<RemoteServerInputs> = {}): RemoteServerInputs {
    const { host, port = 0, certificates = "", managementPort } = server.settings;
    return {
        kind: server.kind,
        service: "orders",
        host,
        port,
        certificates,
        ...(managementPort === undefined ? {} : { managementPort }),
        admin: administrator,
        versions: versions[server.kind],
        patienceSeconds: 0,
        ...more,
    };
}

function userOf({ versions: _, patienceSeconds: __, path, ...server }: RemoteServerInputs, username: string): RemoteUserInputs {
    return { server, username, access: "readwrite", ...(path === undefined ? {} : { path }) };
}

/** The text of what `create` and `check` say of a server that isn't fit; both must say the same, or `check` nothing. */
async function refused(inputs: RemoteServerInputs, property?: string): Promise<string> {
    const { failures } = await servers.check({}, inputs);
    const message = await servers.create(inputs).then(
        () => assert.fail("the server was taken"),
        (error: Error) => error.message,
    );
    assert.deepEqual(failures, property === undefined ? [] : [{ property, reason: message }]);
    assert.ok(!message.includes(administrator.password), message);
    return message;
}

describe("a PostgreSQL that others run", () => {
    let server: ExistingTestServer;
    let inputs: RemoteServerInputs;

    before(async () => {
        server = await ExistingTestServer.start("database");
        inputs = inputsOf(server, { path: "orders" });
    });
    after(() => server?.stop());

    async function logIn(username: string, password: string): Promise<void> {
        const client = new Client({ host: "localhost", port: server.port, user: username, password, database: "orders", ssl: { ca: server.certificates } });
        client.on("error", () => undefined);
        await client.connect().finally(() => client.end());
    }

    it("gets a database and users by an administrator that is no superuser, again and again, and keeps the database", async () => {
        const { outs } = await servers.create(inputs);
        assert.match(String(outs?.runningVersion), /^17\.\d+$/);
        await servers.create(inputs);
        const owner = "SELECT pg_get_userbyid(nspowner) AS owner FROM pg_namespace WHERE nspname = 'public'";
        assert.deepEqual(await server.sql(owner, "orders"), [{ owner: "orders:owner" }]);
        const made = await users.create(userOf(inputs, "app"));
        await users.create(userOf(inputs, "other"));
        await logIn("app", made.outs?.password as string);
        const recorded = made.outs as Parameters<typeof users.read>[1];
        assert.equal((await users.read("app", recorded)).props?.status, "present");
        await server.sql("DROP OWNED BY app; DROP ROLE app", "orders");
        assert.equal((await users.read("app", recorded)).props?.status, "can't log in");
        const healed = await users.update("app", recorded as NonNullable<typeof recorded>, userOf(inputs, "app"));
        await logIn("app", healed.outs?.password as string);
        await users.delete("app", recorded as NonNullable<typeof recorded>);
        assert.deepEqual(await server.users(), ["other"]);
        await users.delete("app", recorded as NonNullable<typeof recorded>);
        assert.equal((await server.sql("SELECT 1 FROM pg_database WHERE datname = 'orders'")).length, 1);
    });

    it("is asked at preview, and not while something isn't known yet", async () => {
        assert.deepEqual((await servers.check({}, inputs)).failures, []);
        const wrong = { ...inputs, version: "16" };
        assert.equal((await servers.check({}, wrong)).failures?.length, 1);
        assert.deepEqual((await servers.check({}, { ...wrong, host: runtime.unknownValue })).failures, []);
        assert.deepEqual((await servers.check({}, { ...wrong, admin: runtime.unknownValue as never })).failures, []);
        // Nothing changed: no reason to connect.
        assert.deepEqual((await servers.check(wrong, wrong)).failures, []);
    });

    it("is refused for another version than asked for, and for one that isn't supported", async () => {
        assertIncludes(
            await refused({ ...inputs, version: "16" }, "version"),
            'the database "orders" at localhost:',
            "runs version 17.",
            'version: "16" was asked for',
            'set version: "17"',
        );
        assertIncludes(await refused({ ...inputs, versions: ["18"] }, "version"), "isn't supported. Supported: 18.");
    });

    it("isn't taken over by a service of the same name in another stack", async () => {
        const marked = { ...inputs, path: "shared", mark: 'pulumi-data-services 00000001 shop/dev ("orders")' };
        const { id, outs } = await servers.create(marked);
        await servers.create(marked);
        for (const mark of ['pulumi-data-services 00000002 shop/test ("orders")', runtime.unknownValue]) {
            const { failures } = await servers.check({}, { ...marked, mark });
            assertIncludes(
                failures?.[0]?.reason ?? "",
                'the database "shared" there belongs to shop/dev ("orders") already',
                "Set databaseName",
                'COMMENT ON DATABASE "shared" IS NULL',
            );
        }
        const renamed = { ...marked, mark: 'pulumi-data-services 00000001 shop/production ("orders")' };
        const updated = await servers.update(id, outs as never, renamed);
        assert.deepEqual(await server.sql("SELECT shobj_description(oid, 'pg_database') AS mark FROM pg_database WHERE datname = 'shared'"), [
            { mark: renamed.mark },
        ]);
        await servers.delete(id, updated.outs as never);
        await servers.create({ ...marked, mark: 'pulumi-data-services 00000002 shop/test ("orders")' });
        await server.sql("COMMENT ON DATABASE shared IS 'ask Ann'");
        await servers.delete(id, { ...(updated.outs as RemoteServerInputs) } as never);
        await servers.create(marked);
        assert.deepEqual(await server.sql("SELECT shobj_description(oid, 'pg_database') AS mark FROM pg_database WHERE datname = 'shared'"), [
            { mark: "ask Ann" },
        ]);
    });

    it("isn't left for a server that has no such database, unless the loss is named", async () => {
        const another = await ExistingTestServer.start("database");
        try {
            const { id, outs } = await servers.create(inputs);
            const moved = { ...inputs, port: another.port, certificates: another.certificates };
            const { failures } = await servers.check(inputs, moved);
            assert.deepEqual(
                failures?.map(({ property }) => property),
                ["host"],
            );
            assertIncludes(
                failures?.[0]?.reason ?? "",
                `has no database "orders" yet, and the service lives at localhost:${server.port}: it would start empty`,
                '"backend-change"',
            );
            await assert.rejects(servers.update(id, outs as never, moved), /it would start empty/);
            const allowed = { ...moved, allowDataLoss: ["backend-change"] };
            assert.deepEqual((await servers.check(inputs, allowed)).failures, []);
            await servers.update(id, outs as never, allowed);
            // There it is now, as after a copy.
            assert.deepEqual((await servers.check(inputs, moved)).failures, []);
        } finally {
            await another.stop();
        }
    });

    it("that doesn't let the administrator in is an error that says so and shows no password", async () => {
        const message = await refused({ ...inputs, admin: { username: administrator.username, password: "not-the-password" } }, "admin");
        assertIncludes(message, "doesn't let the administrator in", `password authentication failed for user "${administrator.username}"`, "Check admin");
        assert.ok(!message.includes("not-the-password"));
    });

    it("that doesn't let the administrator make databases is an error that says what is needed", async () => {
        await server.sql("CREATE ROLE weak LOGIN PASSWORD 'weak'");
        try {
            const weak = { ...inputs, path: "others", admin: { username: "weak", password: "weak" } };
            const message = await servers.create(weak).then(
                () => assert.fail("it could"),
                (error: Error) => error.message,
            );
            assertIncludes(message, "doesn't let the administrator do what is needed: permission denied to create role", "CREATEROLE and CREATEDB");
        } finally {
            await server.sql("DROP ROLE weak");
        }
    });

    it("with a certificate of another authority, or for another name, is refused before anybody logs in", async () => {
        const { certificate } = await createAuthority("another");
        assertIncludes(await refused({ ...inputs, certificates: certificate }, "certificates"), "shows a certificate that isn't trusted", "Nobody logged in");
        const { certificates: _, ...untrusted } = inputs;
        assertIncludes(await refused(untrusted, "certificates"), "shows a certificate that isn't trusted");
        assertIncludes(await refused({ ...inputs, servername: "db.example.com" }, "certificates"), "db.example.com", "servername");
    });

    it("is reached by its address, with a certificate for that address", async () => {
        assert.match(String((await servers.create({ ...inputs, host: "127.0.0.1" })).outs?.runningVersion), /^17/);
        assertIncludes(await refused({ ...inputs, host: "127.0.0.1", servername: "127.0.0.2" }, "certificates"), "127.0.0.2");
    });

    it("that doesn't encrypt is refused", async () => {
        await server.sql("ALTER SYSTEM SET ssl = off");
        await server.sql("SELECT pg_reload_conf()");
        try {
            await eventually("a server without TLS", async () => (await refusedText(inputs)).includes("doesn't encrypt on this port"));
            assertIncludes(await refused(inputs, "port"), "connections in plain text are refused", "Turn TLS on in PostgreSQL");
        } finally {
            // Nobody can log in without TLS to turn it on.
            writeFileSync(join(server.directory, "data", "postgresql.auto.conf"), "");
            process.kill(postmaster(server.directory), "SIGHUP");
            await eventually("a server with TLS", async () => (await refusedText(inputs)) === "");
        }
    });

    it("that can't be reached is no reason to fail a preview, and an error of up that says what to check", async () => {
        const nowhere = await freePort();
        assertIncludes(
            await refused({ ...inputs, port: nowhere }),
            `the database "orders" at localhost:${nowhere} can't be reached directly: connect ECONNREFUSED`,
            `must be let through to localhost:${nowhere}`,
            "set a bastion",
        );
        assertIncludes(await refused({ ...inputs, host: "no-such-server.invalid" }), "can't be reached directly: getaddrinfo", "no-such-server.invalid");
    });

    it("is waited for", async () => {
        const port = await freePort();
        const creating = servers.create({ ...inputs, port, patienceSeconds: 30 });
        await new Promise((resolve) => setTimeout(resolve, 1500));
        const late = createServer((socket) => {
            const upstream = connect({ host: "127.0.0.1", port: server.port });
            socket.on("error", () => upstream.destroy()).pipe(upstream);
            upstream.on("error", () => socket.destroy()).pipe(socket);
        });
        await new Promise<void>((resolve) => late.listen(port, "127.0.0.1", resolve));
        try {
            assert.match(String((await creating).outs?.runningVersion), /^17/);
        } finally {
            late.close();
        }
    });

    it("takes a password from a file, an environment variable and AWS Secrets Manager, and keeps none of them", async () => {
        const directory = newDirectory("passwords");
        const file = join(directory, "password");
        writeFileSync(file, `${administrator.password}\n`, { mode: 0o600 });
        process.env.TEST_ADMIN_PASSWORD = administrator.password;
        const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-1";
        const secretsManager = await startSecretsManager({
            [arn]: JSON.stringify({ ...administrator, engine: "postgres" }),
            "arn:aws:secretsmanager:eu-central-1:123456789012:secret:odd": "hush, no JSON",
        });
        try {
            const logins: AdminLogin[] = [
                { username: administrator.username, passwordFile: file },
                { username: administrator.username, passwordEnv: "TEST_ADMIN_PASSWORD" },
                { secretArn: arn },
                { secretArn: arn, region: "us-east-1" },
            ];
            for (const admin of logins) {
                const { outs } = await servers.create({ ...inputs, admin });
                assert.ok(!JSON.stringify(outs).includes(JSON.stringify(administrator.password).slice(1, -1)));
            }
            assert.deepEqual(
                secretsManager.calls.map(({ target, region, secretId }) => `${target} ${region} ${secretId}`),
                ["eu-central-1", "us-east-1"].map((region) => `secretsmanager.GetSecretValue ${region} ${arn}`),
            );
            const odd = await refused({ ...inputs, admin: { secretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:odd" } }, "admin");
            assertIncludes(odd, 'must be JSON with the texts "username" and "password"');
            assert.ok(!odd.includes("hush"));
            assertIncludes(
                await refused({ ...inputs, admin: { secretArn: `${arn}x` } }, "admin"),
                "can't be read: AccessDeniedException: not authorized to perform",
                "needs secretsmanager:GetSecretValue",
            );
            assertIncludes(
                await refused({ ...inputs, admin: { username: "a", passwordFile: `${file}x` } }, "admin"),
                `${file}x of admin.passwordFile can't be read (ENOENT)`,
            );
            assertIncludes(
                await refused({ ...inputs, admin: { username: "a", passwordEnv: "NO_SUCH_VARIABLE" } }, "admin"),
                "NO_SUCH_VARIABLE, which isn't set",
            );
        } finally {
            delete process.env.TEST_ADMIN_PASSWORD;
            await secretsManager.close();
        }
    });

    it("leaves users as recorded while it can't be asked, and doesn't forget one that it can't remove", async () => {
        const { outs } = await users.create(userOf(inputs, "asleep"));
        const nowhere = await freePort();
        const away = { ...outs, server: { ...(outs as RemoteUserInputs).server, port: nowhere } } as NonNullable<Parameters<typeof users.read>[1]>;
        assert.equal((await users.read("asleep", away)).props?.status, "present");
        await assert.rejects(users.delete("asleep", away), /can't be reached directly/);
        await users.delete("asleep", { ...away, server: (outs as RemoteUserInputs).server });
    });
});

describe("a PostgreSQL 14 whose administrator is no superuser", () => {
    let server: ExistingTestServer;

    before(async function () {
        this.timeout(180_000);
        server = await ExistingTestServer.start("database", { version: "14" });
    });
    after(() => server?.stop());

    it("gets a database and users of each access, which share what they make", async () => {
        const inputs = inputsOf(server, { path: "orders" });
        await servers.create(inputs);
        await servers.create(inputs);
        const passwords = new Map<string, string>();
        for (const access of ["owner", "readwrite", "readonly"] as const) {
            passwords.set(access, (await users.create({ ...userOf(inputs, access), access })).outs?.password as string);
        }
        const as = async (username: string, sql: string) => {
            const options = { host: "localhost", port: server.port, user: username, password: passwords.get(username) as string, database: "orders" };
            const client = new Client({ ...options, ssl: { ca: server.certificates } });
            await client.connect();
            return client.query(sql).finally(() => client.end());
        };
        await as("readwrite", "CREATE TABLE items (id int); INSERT INTO items VALUES (1)");
        await as("owner", "CREATE SCHEMA app; ALTER TABLE items ADD COLUMN name text");
        assert.equal((await as("readonly", "SELECT id FROM items")).rows.length, 1);
        await assert.rejects(as("readonly", "BEGIN READ WRITE; INSERT INTO items VALUES (2)"), /permission denied/);
    });
});

describe("a server behind a bastion", () => {
    let bastion: SshServer;
    let server: ExistingTestServer;
    let queue: ExistingTestServer;

    before(async function () {
        this.timeout(180_000);
        if (noSshd() !== undefined) {
            console.info(`skipped: ${noSshd()}`);
            this.skip();
        }
        bastion = await SshServer.start();
        server = await ExistingTestServer.start("database");
        queue = await ExistingTestServer.start("queue");
    });
    after(async () => {
        await bastion?.stop();
        await server?.stop();
        await queue?.stop();
    });

    it("is reached through it, its certificate checked for its own name", async () => {
        const inputs = inputsOf(server, { path: "orders", bastion: bastion.target });
        const before = bastion.log().length;
        await servers.create(inputs);
        const { outs } = await users.create(userOf(inputs, "app"));
        assert.equal((await users.read("app", outs as never)).props?.status, "present");
        assert.match(bastion.log().slice(before), /Accepted publickey/);
        assertIncludes(await refused({ ...inputs, servername: "db.example.com" }, "certificates"), "db.example.com");
    });

    it("is reached with a key from a file", async () => {
        const { privateKey: _, ...target } = bastion.target;
        const inputs = inputsOf(server, { path: "orders", bastion: { ...target, privateKeyFile: bastion.path("client") } });
        assert.match(String((await servers.create(inputs)).outs?.runningVersion), /^17/);
        const missing = { ...inputs, bastion: { ...target, privateKeyFile: "/no/such/key" } };
        assertIncludes(await refused(missing, "admin"), "the file /no/such/key of bastion.privateKeyFile can't be read (ENOENT)");
    });

    it("can be a RabbitMQ, whose API and clients have ports of their own", async () => {
        const inputs = inputsOf(queue, { path: "shop", bastion: bastion.target });
        const { outs } = await servers.create(inputs);
        assert.match(String(outs?.runningVersion), /^[34]\.\d+\.\d+$/);
        assert.equal(outs?.managementUri, `https://localhost:${queue.managementPort}`);
        const nowhere = await freePort();
        assertIncludes(await refused({ ...inputs, port: nowhere }), "through its bastion", `can't connect to localhost:${nowhere}: Connection refused`);
        assertIncludes(await refused({ ...inputs, managementPort: nowhere }), `its management API at localhost:${nowhere}`);
        const wrong = { ...inputs, admin: { ...administrator, password: "not-the-password" } };
        assertIncludes(await refused(wrong, "admin"), "doesn't let the administrator in", "401");
    });

    it("can be a RabbitMQ whose vhost is another stack's", async () => {
        const marked = { ...inputsOf(queue, { path: "shared/one", bastion: bastion.target }), mark: 'pulumi-data-services 00000001 shop/dev ("events")' };
        const { id, outs } = await servers.create(marked);
        const other = { ...marked, mark: 'pulumi-data-services 00000002 shop/test ("events")' };
        assertIncludes(
            await refused(other, "path"),
            'the vhost "shared/one" there belongs to shop/dev ("events") already',
            "Set vhost",
            "rabbitmqctl clear_global_parameter",
        );
        await servers.delete(id, outs as never);
        await servers.create(other);
    });

    it("names the bastion's host key that isn't the pinned one, and what the bastion can't reach", async () => {
        const inputs = inputsOf(server, { path: "orders", bastion: bastion.target });
        const other = { ...bastion.target, hostKey: "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };
        assertIncludes(
            await refused({ ...inputs, bastion: other }, "bastion"),
            'the database "orders" at localhost:',
            "can't be reached through its bastion",
            "expected SHA256:AAAA",
            bastion.fingerprint("ed25519"),
        );
        const nowhere = await freePort();
        assertIncludes(
            await refused({ ...inputs, port: nowhere }),
            `can't connect to localhost:${nowhere}: Connection refused`,
            `The bastion must be let through to localhost:${nowhere}`,
        );
        assertIncludes(
            await refused({ ...inputs, bastion: { ...bastion.target, port: nowhere } }),
            `127.0.0.1:${nowhere}`,
            "refuses connections: nothing listens there",
        );
        assertIncludes(await refused({ ...inputs, bastion: { ...bastion.target, user: "stranger" } }, "bastion"), `doesn't let "stranger" in`);
    });
});

describe("a Valkey that others run", () => {
    let server: ExistingTestServer;
    let inputs: RemoteServerInputs;

    before(async () => {
        server = await ExistingTestServer.start("cache");
        inputs = inputsOf(server);
    });
    after(() => server?.stop());

    it("is refused for another eviction policy than asked for, and asked for nothing is taken as it is", async () => {
        assertIncludes(
            await refused({ ...inputs, evictionPolicy: "allkeys-lru" }, "evictionPolicy"),
            'has the maxmemory-policy "noeviction", and evictionPolicy: "allkeys-lru" was asked for',
        );
        await servers.create({ ...inputs, evictionPolicy: "noeviction" });
        assert.match(String((await servers.create(inputs)).outs?.runningVersion), /^[789]\./);
    });

    it("that doesn't let the administrator in, or do what is needed, is an error that says so", async () => {
        assertIncludes(await refused({ ...inputs, admin: { username: "nobody", password: "x" } }, "admin"), "doesn't let the administrator in: WRONGPASS");
        await server.valkey((client) => client.call("ACL", "SETUSER", "weak", "on", ">weak", "~*", "+@read", "+info"));
        const weak = userOf({ ...inputs, admin: { username: "weak", password: "weak" } }, "app");
        await assert.rejects(users.create(weak), (error: Error) => {
            assertIncludes(error.message, "doesn't let the administrator do what is needed", "acl", "+@all");
            return true;
        });
    });

    it("that doesn't encrypt is refused", async () => {
        const port = await freePort();
        const program = findProgram("valkey-server") ?? findProgram("redis-server");
        assert.ok(program);
        const plain = spawn(program, ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--dir", newDirectory("plain")], { stdio: "ignore" });
        try {
            await eventually("a server without TLS", () => connectTo("127.0.0.1", port).catch(() => undefined));
            assertIncludes(await refused({ ...inputs, port }, "port"), "doesn't encrypt on this port", "Turn TLS on in Valkey");
        } finally {
            plain.kill("SIGKILL");
        }
    });
});

async function refusedText(inputs: RemoteServerInputs): Promise<string> {
    return servers.create(inputs).then(
        () => "",
        (error: Error) => error.message,
    );
}
