import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { request } from "node:https";
import { connect as connectTcp } from "node:net";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type ChannelModel, connect } from "amqplib";
import { ensureCertificates } from "../../providers/local/server/certificates";
import { Home } from "../../providers/local/server/home";
import type { ServerInputs, UserInputs } from "../../providers/local/server/inputs";
import { freePort } from "../../providers/local/server/ports";
import { rabbitmq } from "../../providers/local/server/rabbitmq";
import { eventually, kill } from "../support/processes";

describe("the local RabbitMQ", () => {
    const root = mkdtempSync(join(tmpdir(), "rabbitmq spec-"));
    chmodSync(root, 0o755);
    const inputs: ServerInputs = {
        ...{ engine: "rabbitmq", project: "shop", stack: "test", service: "events", instanceId: "a1b2c3", root },
        ...{ durability: "standard", cpu: 1, memoryGb: 0.5, settings: {}, path: "shop/events" },
    };
    const home = Home.of(inputs);
    const user = (username: string, more: Partial<UserInputs> = {}): UserInputs => {
        return { engine: "rabbitmq", directory: home.directory, username, access: "readwrite", path: "shop/events", ...more };
    };
    let port: number;
    let managementPort: number;
    let ca: string;

    before(async () => {
        [port, managementPort] = [await freePort(), await freePort()];
        await home.claim(inputs);
        const { engine, project, stack, service, instanceId } = inputs;
        await home.writeRecord({ engine, project, stack, service, instanceId, port, managementPort, installation: await rabbitmq.install(undefined) });
        await rabbitmq.initialise(home, inputs);
        await rabbitmq.initialise(home, inputs);
        await ensureCertificates(home, inputs);
        ca = readFileSync(home.path("tls", "ca.crt"), "utf8");
        assert.equal(await rabbitmq.configure(home, inputs), "restart");
        assert.equal(await rabbitmq.isRunning(home), false);
        // A run that is killed while the node starts for the first time, when it has begun its database.
        const killed = rabbitmq.start(home).catch((error: Error) => error.message);
        await eventually("the beginning of a database", () => existsSync(home.path("data", "mnesia", "rabbit@localhost")));
        killNode();
        assert.match((await killed) ?? "", /did not start/);
        await rabbitmq.start(home);
        await rabbitmq.prepare(home, inputs);
    });

    after(async () => {
        await rabbitmq.stop(home);
        rmSync(root, { recursive: true, force: true });
    });

    /** Runs one action as a user, over AMQP. */
    async function as<Result>(
        username: string,
        password: string,
        action: (connection: ChannelModel) => Promise<Result>,
        vhost = "shop/events",
    ): Promise<Result> {
        const connection = await connect({ protocol: "amqps", hostname: "localhost", port, username, password, vhost }, { ca: [ca], timeout: 10_000 });
        connection.on("error", () => undefined);
        try {
            return await action(connection);
        } finally {
            await connection.close().catch(() => undefined);
        }
    }

    async function send(connection: ChannelModel, queue: string, text: string): Promise<void> {
        const channel = await connection.createConfirmChannel();
        channel.on("error", () => undefined);
        await channel.assertQueue(queue, { durable: true });
        channel.sendToQueue(queue, Buffer.from(text), { persistent: true });
        await channel.waitForConfirms();
    }

    async function receive(connection: ChannelModel, queue: string): Promise<string | undefined> {
        const channel = await connection.createChannel();
        channel.on("error", () => undefined);
        const message = await channel.get(queue, { noAck: true });
        return message === false ? undefined : message.content.toString();
    }

    it("runs, is started twice without harm, and needs no second configuration", async () => {
        const before = nodes();
        assert.equal(await rabbitmq.isRunning(home), true);
        await rabbitmq.start(home);
        await rabbitmq.prepare(home, inputs);
        assert.equal(await rabbitmq.configure(home, inputs), "none");
        assert.equal(before.length, 1);
        assert.deepEqual(nodes(), before);
        assert.match((await rabbitmq.plannedVersion(undefined)) ?? "", /^\d+\.\d+\.\d+$/);
    });

    it("lets in nobody without TLS, and no guest", async () => {
        await assert.rejects(connect({ protocol: "amqp", hostname: "localhost", port, username: "guest", password: "guest" }, { timeout: 3000 }));
        await assert.rejects(
            as("guest", "guest", async () => undefined, "/"),
            /ACCESS.REFUSED/,
        );
        assert.equal(await rabbitmq.canLogIn(home, user("guest"), "guest"), false);
    });

    it("gives a read-write user its vhost, and neither another nor the management API", async () => {
        await rabbitmq.ensureUser(home, user("app"), "app-secret");
        await as("app", "app-secret", async (connection) => {
            await send(connection, "orders", "first");
            assert.equal(await receive(connection, "orders"), "first");
        });
        await assert.rejects(
            as("app", "app-secret", async () => undefined, "/"),
            /ConnectionClose/,
        );
        assert.equal(await managementStatus("app", "app-secret"), 401);
        const { username, password } = await home.administrator();
        assert.equal(await managementStatus(username, password), 200);
    });

    it("gives a read-only user nothing to write", async () => {
        await rabbitmq.ensureUser(home, user("report", { access: "readonly" }), "report-secret");
        await as("app", "app-secret", (connection) => send(connection, "orders", "second"));
        await as("report", "report-secret", async (connection) => assert.equal(await receive(connection, "orders"), "second"));
        await assert.rejects(
            as("report", "report-secret", (connection) => send(connection, "other", "x")),
            /ACCESS.REFUSED/,
        );
        await assert.rejects(
            as("report", "report-secret", async (connection) => {
                const channel = await connection.createConfirmChannel();
                const failure = new Promise<never>((_, reject) => channel.once("error", reject));
                channel.sendToQueue("orders", Buffer.from("x"));
                await Promise.race([channel.waitForConfirms(), failure]);
            }),
            /ACCESS.REFUSED|channel closed/i,
        );
    });

    it("gives a user the permissions asked for, and takes them back", async () => {
        const permissions = { configure: "^own-", write: "^(own-|amq\\.default$)", read: "^own-" };
        await rabbitmq.ensureUser(home, user("narrow", { permissions }), "narrow-secret");
        await as("narrow", "narrow-secret", (connection) => send(connection, "own-queue", "x"));
        await assert.rejects(
            as("narrow", "narrow-secret", (connection) => send(connection, "orders2", "x")),
            /ACCESS.REFUSED/,
        );
        await rabbitmq.ensureUser(home, user("narrow", { access: "readonly" }), "narrow-secret");
        await assert.rejects(
            as("narrow", "narrow-secret", (connection) => send(connection, "own-queue2", "x")),
            /ACCESS.REFUSED/,
        );
        await assert.rejects(rabbitmq.ensureUser(home, user("narrow", { permissions: { ...permissions, read: "(" } }), "narrow-secret"), /refused PUT .*: 400/);
        await assert.rejects(rabbitmq.ensureUser(home, user((await home.administrator()).username), "x"), /administrator's/);
    });

    it("rotates a password", async () => {
        await rabbitmq.ensureUser(home, user("app"), "app-secret-2");
        assert.equal(await rabbitmq.canLogIn(home, user("app"), "app-secret-2"), true);
        assert.equal(await rabbitmq.canLogIn(home, user("app"), "app-secret"), false);
        await as("app", "app-secret-2", async () => undefined);
        await assert.rejects(
            as("app", "app-secret", async () => undefined),
            /ACCESS.REFUSED/,
        );
    });

    it("refuses bad settings with RabbitMQ's own words, and keeps running with the old ones", async () => {
        const file = readFileSync(home.path("rabbitmq.conf"), "utf8");
        for (const [bad, words] of [
            [{ heartbeat: "often" }, /not applied.*"often" cannot be converted/s],
            [{ no_such_setting: "1" }, /not applied.*no_such_setting/s],
            [{ "listeners.tcp.default": "5672" }, /"listeners.tcp.default" can't be changed/],
            [{ heartbeat: "60\nlisteners.tcp.default = 5672" }, /one line/],
        ] as const) {
            await assert.rejects(rabbitmq.configure(home, { ...inputs, settings: bad as unknown as Record<string, string> }), words);
        }
        assert.equal(readFileSync(home.path("rabbitmq.conf"), "utf8"), file);
        assert.equal(await rabbitmq.configure(home, inputs), "none");
        assert.equal(await rabbitmq.isRunning(home), true);
    });

    it("runs while it is only slow to answer", async () => {
        const node = nodes();
        for (const pid of node) process.kill(pid, "SIGSTOP");
        const asked = rabbitmq.isRunning(home);
        await sleep(2000);
        for (const pid of node) process.kill(pid, "SIGCONT");
        assert.equal(await asked, true);
    });

    it("keeps data and users when it is killed, and when it starts with another setting", async () => {
        await as("app", "app-secret-2", (connection) => send(connection, "orders", "third"));
        killNode();
        await eventually("the end of the killed node", () => processes().length === 0);
        const asked = Date.now();
        assert.equal(await rabbitmq.isRunning(home), false);
        assert.ok(Date.now() - asked < 1000);
        assert.equal(await rabbitmq.configure(home, { ...inputs, settings: { heartbeat: "30", "vm_memory_high_watermark.relative": "0.3" } }), "restart");
        await rabbitmq.start(home);
        await as("app", "app-secret-2", async (connection) => assert.equal(await receive(connection, "orders"), "third"));
    });

    it("drops a user with its connections and without its queues", async () => {
        await as("app", "app-secret-2", async (connection) => {
            await send(connection, "orders", "fourth");
            const closed = new Promise((resolve) => connection.once("close", resolve));
            await rabbitmq.dropUser(home, user("app"));
            await rabbitmq.dropUser(home, user("app"));
            await closed;
        });
        assert.equal(await rabbitmq.canLogIn(home, user("app"), "app-secret-2"), false);
        await as("report", "report-secret", async (connection) => assert.equal(await receive(connection, "orders"), "fourth"));
    });

    it("listens on the loopback interface only", async () => {
        const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).filter(({ internal, family }) => !internal && family === "IPv4"));
        for (const { address } of addresses) {
            for (const taken of [port, managementPort]) {
                await assert.rejects(once(connectTcp({ host: address, port: taken }), "connect"), /ECONNREFUSED/);
            }
        }
    });

    it("shows no password in its arguments, files and logs", async () => {
        const { password } = await home.administrator();
        const texts = [execFileSync("ps", ["-axwwe"], { encoding: "utf8" }), ...["log", "data", "."].flatMap((folder) => readFiles(home.path(folder)))];
        for (const secret of [password, "app-secret", "report-secret"]) {
            assert.ok(!texts.some((text) => text.includes(secret)));
        }
    });

    it("leaves no process when it stops, neither Erlang's nor epmd", async () => {
        const [pid] = nodes() as [number];
        const helpers = execFileSync("ps", ["-axo", "pid=,ppid="], { encoding: "utf8" })
            .split("\n")
            .map((line) => line.trim().split(/\s+/).map(Number))
            .filter(([, parent]) => parent === pid);
        assert.ok(helpers.length > 0);
        await rabbitmq.stop(home);
        await rabbitmq.stop(home);
        assert.deepEqual(processes(), []);
        assert.equal(await rabbitmq.isRunning(home), false);
        for (const [helper] of helpers) {
            assert.ok(!running().some(({ pid }) => pid === helper));
        }
    });

    /** Ends the node as a crash would. */
    function killNode(): void {
        processes().forEach(kill);
    }

    /** The processes that work for this home, as `ps` tells them: the node, and for moments what it calls, such as `df`. */
    function processes(words = home.directory): number[] {
        return running()
            .filter(({ args }) => args.includes(words))
            .map(({ pid }) => pid);
    }

    function nodes(): number[] {
        return processes(`-data_services_home ${home.directory}`);
    }

    /** The status of an answer of the management API. */
    function managementStatus(username: string, password: string): Promise<number | undefined> {
        return new Promise((resolve, reject) => {
            const options = { host: "localhost", port: managementPort, path: "/api/whoami", auth: `${username}:${password}`, ca, agent: false };
            request(options, (response) => resolve(response.resume().statusCode))
                .on("error", reject)
                .end();
        });
    }
});

function running(): { pid: number; args: string }[] {
    const lines = execFileSync("ps", ["-axww", "-o", "pid=,stat=,args="], { encoding: "utf8" }).split("\n");
    const processes = lines.map((line) => /^\s*(\d+) (\S+)\s+(.*)$/.exec(line)).filter((match) => match !== null && !match[2]?.startsWith("Z"));
    return processes.map((match) => ({ pid: Number(match?.[1]), args: match?.[3] ?? "" }));
}

/** The texts of a directory's own files; not the administrator's, which hold the password. */
function readFiles(directory: string): string[] {
    const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile() && entry.name !== "admin.json");
    return files.map(({ name }) => readFileSync(join(directory, name), "latin1"));
}
