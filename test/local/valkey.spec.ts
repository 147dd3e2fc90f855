import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Redis } from "iovalkey";
import { ensureCertificates } from "../../providers/local/server/certificates";
import { Home } from "../../providers/local/server/home";
import type { ServerInputs, UserInputs } from "../../providers/local/server/inputs";
import { freePort } from "../../providers/local/server/ports";
import { valkey } from "../../providers/local/server/valkey";
import { eventually, kill } from "../support/processes";

describe("the local Valkey", () => {
    const root = mkdtempSync(join(tmpdir(), "valkey spec-"));
    chmodSync(root, 0o755);
    const inputs: ServerInputs = {
        ...{ engine: "valkey", project: "shop", stack: "test", service: "sessions", instanceId: "a1b2c3", root },
        ...{ durability: "standard", cpu: 1, memoryGb: 0.25, settings: {}, evictionPolicy: "allkeys-lru" },
    };
    const home = Home.of(inputs);
    const user = (username: string, more: Partial<UserInputs> = {}): UserInputs => ({
        engine: "valkey",
        directory: home.directory,
        username,
        access: "readwrite",
        ...more,
    });
    let port: number;
    let ca: string;

    before(async () => {
        port = await freePort();
        await home.claim(inputs);
        const { engine, project, stack, service, instanceId } = inputs;
        await home.writeRecord({ engine, project, stack, service, instanceId, port, installation: await valkey.install(undefined) });
        await valkey.initialise(home, inputs);
        await valkey.initialise(home, inputs);
        await ensureCertificates(home, inputs);
        ca = readFileSync(home.path("tls", "ca.crt"), "utf8");
        assert.equal(await valkey.configure(home, inputs), "restart");
        assert.equal(await valkey.isRunning(home), false);
        await valkey.start(home);
    });

    after(async () => {
        await valkey.stop(home);
        rmSync(root, { recursive: true, force: true });
    });

    /** Runs one action as a user, as an application would: default options, with the ready check. */
    async function as<Result>(username: string | undefined, password: string | undefined, action: (client: Redis) => Promise<Result>): Promise<Result> {
        const login = username === undefined ? {} : { username, password: password ?? "" };
        const client = new Redis({ host: "localhost", port, ...login, tls: { ca }, lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0 });
        let cause: Error | undefined;
        client.on("error", (error) => {
            cause ??= error;
        });
        try {
            await client.connect();
            return await action(client);
        } catch (error) {
            throw cause ?? error;
        } finally {
            client.disconnect();
        }
    }

    it("runs, is started twice without harm, and needs no second configuration", async () => {
        assert.equal(await valkey.isRunning(home), true);
        await valkey.start(home);
        assert.equal(await valkey.configure(home, inputs), "none");
        assert.equal(processes().length, 1);
        assert.match((await valkey.plannedVersion(undefined)) ?? "", /^\d+\.\d+\.\d+$/);
    });

    it("lets in nobody without TLS, without a password or as the default user", async () => {
        const plain = new Redis({ host: "localhost", port, lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0, connectTimeout: 3000 });
        plain.on("error", () => undefined);
        await assert.rejects(plain.connect().then(() => plain.ping()));
        plain.disconnect();
        await assert.rejects(
            as(undefined, undefined, (client) => client.get("a")),
            /NOAUTH/,
        );
        await assert.rejects(
            as("default", "", (client) => client.get("a")),
            /WRONGPASS|NOAUTH/,
        );
    });

    it("gives a read-write user the data and not the server", async () => {
        await valkey.ensureUser(home, user("app"), "app-secret");
        await as("app", "app-secret", async (client) => {
            assert.equal(await client.set("order:1", "new"), "OK");
            assert.deepEqual(await client.multi().incr("n").expire("n", 60).exec(), [
                [null, 1],
                [null, 1],
            ]);
            assert.equal(await client.eval("return redis.call('get', KEYS[1])", 1, "order:1"), "new");
            assert.deepEqual((await client.scan(0))[1].sort(), ["n", "order:1"]);
            assert.equal(await client.publish("news", "x"), 0);
            await client.rpush("list", "2", "1");
            assert.deepEqual(await client.sort("list"), ["1", "2"]);
            await client.call("CLIENT", "SETNAME", "app");
            await client.call("HELLO", "2");
        });
        for (const command of ["KEYS *", "FLUSHALL", "FLUSHDB", "CONFIG GET *", "ACL LIST", "MONITOR", "SHUTDOWN", "CLIENT LIST", "SAVE", "MODULE LIST"]) {
            const [name, ...args] = command.split(" ") as [string, ...string[]];
            await assert.rejects(
                as("app", "app-secret", (client) => client.call(name, ...args)),
                /NOPERM/,
                command,
            );
        }
    });

    it("gives a read-only user nothing to write", async () => {
        await valkey.ensureUser(home, user("report", { access: "readonly" }), "report-secret");
        await as("report", "report-secret", async (client) => {
            assert.equal(await client.get("order:1"), "new");
            assert.ok((await client.scan(0))[1].includes("order:1"));
            await client.subscribe("news");
        });
        for (const command of [
            "SET a 1",
            "DEL order:1",
            "EXPIRE order:1 1",
            "PUBLISH news x",
            "GETEX order:1 EX 1",
            "EVAL return(1) 0",
            "COPY order:1 b",
            "FLUSHALL",
        ]) {
            const [name, ...args] = command.split(" ") as [string, ...string[]];
            await assert.rejects(
                as("report", "report-secret", (client) => client.call(name, ...args)),
                /NOPERM/,
                command,
            );
        }
    });

    it("keeps a user to its keys", async () => {
        await valkey.ensureUser(home, user("cart", { keys: ["cart:*"] }), "cart-secret");
        await as("cart", "cart-secret", async (client) => {
            assert.equal(await client.set("cart:1", "x"), "OK");
            assert.equal(await client.publish("cart:news", "x"), 0);
        });
        for (const command of ["GET order:1", "SET order:1 x", "PUBLISH news x", "RENAME cart:1 order:1", "SCAN 0", "RANDOMKEY", "FUNCTION LIST"]) {
            const [name, ...args] = command.split(" ") as [string, ...string[]];
            await assert.rejects(
                as("cart", "cart-secret", (client) => client.call(name, ...args)),
                /NOPERM/,
                command,
            );
        }
        await assert.rejects(valkey.ensureUser(home, user("cart", { keys: ["a b"] }), "x"), /"a b".*space/);
        await assert.rejects(valkey.ensureUser(home, user("default"), "x"), /"default"/);
    });

    it("rotates a password", async () => {
        await valkey.ensureUser(home, user("app"), "app-secret-2");
        assert.equal(await valkey.canLogIn(home, user("app"), "app-secret-2"), true);
        assert.equal(await valkey.canLogIn(home, user("app"), "app-secret"), false);
        assert.equal(await valkey.canLogIn(home, user("stranger"), "app-secret"), false);
    });

    it("applies settings without a restart where the server can, and refuses bad ones with its own words", async () => {
        const [pid] = processes();
        const settings = { "maxmemory-policy": "volatile-ttl", timeout: "0", save: "3600 1" };
        assert.equal(await valkey.configure(home, { ...inputs, settings }), "none");
        await admin(async (client) => assert.deepEqual(await client.config("GET", "maxmemory-policy"), ["maxmemory-policy", "volatile-ttl"]));
        for (const [bad, words] of [
            [{ "maxmemory-policy": "sometimes" }, /not applied.*maxmemory-policy.*must be one of/s],
            [{ "no-such-setting": "1" }, /no-such-setting.*Bad directive/s],
            [{ port: "6379" }, /"port".*can't be changed/],
            [{ timeout: "1\nport 6379" }, /one line/],
        ] as const) {
            await assert.rejects(valkey.configure(home, { ...inputs, settings: bad as unknown as Record<string, string> }), words);
        }
        assert.equal(await valkey.configure(home, { ...inputs, settings }), "none");
        assert.equal(await valkey.configure(home, { ...inputs, settings: { ...settings, databases: "4" } }), "restart");
        // A run that was killed before it came to the restart.
        assert.equal(await valkey.configure(home, { ...inputs, settings: { ...settings, databases: "4" } }), "restart");
        assert.deepEqual(processes(), [pid]);
        await valkey.stop(home);
        await valkey.start(home);
        assert.equal(await valkey.isRunning(home), true);
        assert.equal(await valkey.configure(home, { ...inputs, settings: { ...settings, databases: "4" } }), "none");
        await valkey.reload(home);
    });

    it("runs while it is only slow to answer", async () => {
        const [pid] = processes() as [number];
        process.kill(pid, "SIGSTOP");
        const running = valkey.isRunning(home);
        await sleep(2000);
        process.kill(pid, "SIGCONT");
        assert.equal(await running, true);
    });

    it("keeps data and users when it is killed", async () => {
        processes().forEach(kill);
        await eventually("the end of the killed server", () => processes().length === 0);
        const asked = Date.now();
        assert.equal(await valkey.isRunning(home), false);
        assert.ok(Date.now() - asked < 1000);
        await valkey.start(home);
        assert.equal(await as("app", "app-secret-2", (client) => client.get("order:1")), "new");
    });

    it("drops a user with its connections and without its keys", async () => {
        const client = new Redis({ host: "localhost", port, username: "app", password: "app-secret-2", tls: { ca }, retryStrategy: () => null });
        client.on("error", () => undefined);
        await client.ping();
        const closed = new Promise((resolve) => client.once("close", resolve));
        await valkey.dropUser(home, user("app"));
        await valkey.dropUser(home, user("app"));
        await closed;
        assert.equal(await valkey.canLogIn(home, user("app"), "app-secret-2"), false);
        assert.equal(await as("report", "report-secret", (reader) => reader.get("order:1")), "new");
    });

    it("shows no password in its arguments, files and logs", async () => {
        const { password } = await home.administrator();
        const texts = [execFileSync("ps", ["-axwwe"], { encoding: "utf8" }), ...["log", "data", "."].flatMap((folder) => readFiles(home.path(folder)))];
        for (const secret of [password, "app-secret", "report-secret"]) {
            assert.ok(!texts.some((text) => text.includes(secret)));
        }
    });

    it("says why it does not start", async () => {
        await valkey.stop(home);
        await valkey.configure(home, { ...inputs, settings: { "tls-ciphersuites": "NO_SUCH_SUITE" } });
        await assert.rejects(valkey.start(home), /did not start.*(tls-ciphersuites|cipher)/is);
        assert.deepEqual(processes(), []);
        await valkey.configure(home, inputs);
        await valkey.start(home);
    });

    it("leaves no process when it stops", async () => {
        assert.equal(processes().length, 1);
        await valkey.stop(home);
        await valkey.stop(home);
        assert.deepEqual(processes(), []);
        assert.equal(await valkey.isRunning(home), false);
    });

    async function admin<Result>(action: (client: Redis) => Promise<Result>): Promise<Result> {
        const { username, password } = await home.administrator();
        return as(username, password, action);
    }

    /** The processes that work for this home, as `ps` tells them. */
    function processes(): number[] {
        const lines = execFileSync("ps", ["-axww", "-o", "pid=,args="], { encoding: "utf8" }).split("\n");
        return lines.filter((line) => line.includes(home.directory)).map((line) => Number.parseInt(line, 10));
    }
});

/** The texts of a directory's own files; not the administrator's, which hold the password. */
function readFiles(directory: string): string[] {
    const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== "admin.json");
    return files.map(({ name }) => readFileSync(join(directory, name), "latin1"));
}
