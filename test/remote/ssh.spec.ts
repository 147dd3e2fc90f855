import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server, connect as tcpConnect } from "node:net";
import { join } from "node:path";
import { freePort } from "../../providers/local/server/ports";
import { SshError, type SshTarget, type SshTrouble, withSsh } from "../../providers/remote/ssh";
import { allCommandLines, eventually } from "../support/processes";
import { newDirectory } from "../support/sandbox";
import { generateKey, noSshd, SshServer } from "../support/sshd";

describe("SSH to a real server", () => {
    const reason = noSshd();
    let server: SshServer;
    let other: SshServer;
    let echo: Server;
    let echoPort: number;

    before(async function () {
        if (reason !== undefined) {
            console.info(`skipped: ${reason}`);
            this.skip();
        }
        server = await SshServer.start({ hostKeys: ["ed25519", "rsa"] });
        other = await SshServer.start({ hostKeys: ["ecdsa"] });
        echo = createServer((socket) => socket.on("error", () => undefined).pipe(socket));
        await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
        echoPort = (echo.address() as { port: number }).port;
    });

    after(async () => {
        echo?.close();
        await server?.stop();
        await other?.stop();
    });

    it("runs commands, with what they read, print and end with", async () => {
        await withSsh(server.target, async ({ exec }) => {
            assert.deepEqual(await exec("cat; echo problem >&2; exit 3", { stdin: "läuft\n" }), { code: 3, stdout: "läuft\n", stderr: "problem\n" });
            assert.deepEqual(await exec("true"), { code: 0, stdout: "", stderr: "" });
            assert.equal((await exec("kill -9 $$")).code, 255);
            const large = "x".repeat(3_000_000);
            assert.equal((await exec("cat", { stdin: large })).stdout, large);
        });
    });

    it("runs several commands side by side on one connection", async () => {
        const answers = await withSsh(server.target, ({ exec }) => Promise.all([1, 2, 3, 4].map((number) => exec(`sleep 0.2; echo ${number}`))));
        assert.deepEqual(
            answers.map(({ stdout }) => stdout),
            ["1\n", "2\n", "3\n", "4\n"],
        );
    });

    it("shows a secret on standard input to no process list", async () => {
        await withSsh(server.target, async ({ exec }) => {
            const run = exec("read secret; sleep 1; echo done", { stdin: "hidden-from-everyone\n" });
            await eventually("the command", () => allCommandLines().includes("read secret"));
            assert.ok(!allCommandLines().includes("hidden-from-everyone"));
            assert.equal((await run).stdout, "done\n");
        });
    });

    it("opens a local port that leads to an address that the other machine sees, and closes it with its connections", async () => {
        await withSsh(server.target, async ({ forward }) => {
            const tunnel = await forward("127.0.0.1", echoPort);
            assert.notEqual(tunnel.port, echoPort);
            assert.equal(await through(tunnel.port, "hello"), "hello");
            assert.equal(tunnel.problem(), undefined);
            await tunnel.close();
            await assert.rejects(through(tunnel.port, "hello"), /ECONNREFUSED/);
        });
    });

    it("says why a tunnel leads nowhere", async () => {
        const nowhere = await freePort();
        await withSsh(server.target, async ({ forward }) => {
            const tunnel = await forward("127.0.0.1", nowhere);
            assert.equal(await through(tunnel.port, "hello"), "");
            assert.match(
                tunnel.problem() ?? "",
                new RegExp(`SSH to .*@127\\.0\\.0\\.1:${server.port} can't connect to 127\\.0\\.0\\.1:${nowhere}: Connection refused`),
            );
            await tunnel.close();
        });
        const strict = await SshServer.start({ config: ["AllowTcpForwarding no"] });
        try {
            await withSsh(strict.target, async ({ exec, forward }) => {
                const tunnel = await forward("127.0.0.1", echoPort);
                assert.equal(await through(tunnel.port, "hello"), "");
                assert.match(tunnel.problem() ?? "", /it forbids tunnels \(AllowTcpForwarding/);
                await tunnel.close();
                assert.equal((await exec("echo yes")).stdout, "yes\n");
            });
        } finally {
            await strict.stop();
        }
    });

    it("goes through another machine", async () => {
        const inner: SshTarget = { ...other.target, jump: server.target };
        assert.equal(await withSsh(inner, async ({ exec }) => (await exec("echo $SSH_CONNECTION")).stdout.split(" ")[3]), `${other.port}\n`);
        const nowhere = await freePort();
        await fails(
            { ...inner, port: nowhere },
            "unreachable",
            new RegExp(`127\\.0\\.0\\.1:${server.port} can't connect to 127\\.0\\.0\\.1:${nowhere}: Connection refused`),
        );
        await fails({ ...inner, jump: { ...server.target, user: "nobody-of-that-name" } }, "login", /doesn't let "nobody-of-that-name" in/);
    });

    it("knows a host key by its text, as ssh-keyscan prints it, and by its fingerprint, whatever its kind", async () => {
        const { target } = server;
        const pins = [
            server.hostKey("ed25519"),
            server.hostKey("rsa"),
            `[127.0.0.1]:${server.port} ${server.hostKey("ed25519")}\n`,
            `${server.hostKey("rsa")} root@server with spaces`,
            server.fingerprint("ed25519"),
            server.fingerprint("rsa"),
        ];
        for (const hostKey of pins) {
            assert.equal(await withSsh({ ...target, hostKey }, async ({ exec }) => (await exec("echo in")).stdout), "in\n", hostKey);
        }
        const { target: ecdsa } = other;
        for (const hostKey of [other.hostKey("ecdsa"), other.fingerprint("ecdsa")]) {
            assert.equal(await withSsh({ ...ecdsa, hostKey }, async ({ exec }) => (await exec("echo in")).stdout), "in\n", hostKey);
        }
    });

    it("refuses a host key that isn't the pinned one, names both and sends no login", async () => {
        const { target } = server;
        const expected = other.fingerprint("ecdsa");
        const before = server.log();
        const error = await fails({ ...target, hostKey: expected }, "host-key", /Nobody logged in/);
        for (const text of [expected, server.fingerprint("ed25519"), server.fingerprint("rsa")]) {
            assert.ok(error.message.includes(text), `${text} in ${error.message}`);
        }
        const directory = newDirectory("keys");
        generateKey(join(directory, "changed"), "ed25519");
        const changed = readFileSync(join(directory, "changed.pub"), "utf8");
        assert.ok((await fails({ ...target, hostKey: changed }, "host-key", /isn't the pinned one/)).message.includes(server.fingerprint("ed25519")));
        await fails({ ...target, hostKey: other.hostKey("ecdsa") }, "host-key", /it has no key of that kind/);
        assert.ok(!server.log().slice(before.length).includes("Accepted"));
    });

    it("refuses a pin that is no host key", async () => {
        for (const hostKey of ["", "yes", "SHA256:abc", "ssh-ed25519 AAAA", "ssh-ed25519", "MD5:00:11"]) {
            await fails({ ...server.target, hostKey }, "host-key", /can't be read.*ssh-keyscan 127\.0\.0\.1/s);
        }
    });

    it("says which key was refused, and never shows a private one", async () => {
        const directory = newDirectory("keys");
        generateKey(join(directory, "stranger"), "ed25519");
        const privateKey = readFileSync(join(directory, "stranger"), "utf8");
        const shown = execFileSync("ssh-keygen", ["-lf", join(directory, "stranger.pub")], { encoding: "utf8" }).split(" ")[1] as string;
        const error = await fails({ ...server.target, privateKey }, "login", /doesn't let .* in with the key SHA256:/);
        assert.ok(error.message.includes(shown));
        generateKey(join(directory, "locked"), "ed25519", "passphrase");
        const locked = readFileSync(join(directory, "locked"), "utf8");
        await fails({ ...server.target, privateKey: locked }, "private-key", /protected by a passphrase/);
        const garbage = await fails({ ...server.target, privateKey: "not-a-key-but-secret" }, "private-key", /no private key in OpenSSH's format or PEM/);
        assert.ok(!garbage.message.includes("not-a-key-but-secret"));
        const { privateKey: _, ...without } = server.target;
        await fails(without, "private-key", /neither a privateKey nor agent: true/);
    });

    it("logs in with an agent's keys", async function () {
        if (!existsSync("/usr/bin/ssh-agent")) {
            this.skip();
        }
        const { privateKey: _, ...without } = server.target;
        const target: SshTarget = { ...without, agent: true };
        const socket = join(newDirectory("agent"), "socket");
        const before = process.env.SSH_AUTH_SOCK;
        delete process.env.SSH_AUTH_SOCK;
        await fails(target, "private-key", /SSH_AUTH_SOCK isn't set/);
        const agent: ChildProcess = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
        try {
            await eventually("an agent", () => existsSync(socket));
            process.env.SSH_AUTH_SOCK = socket;
            await fails(target, "login", /ssh-add|the agent's keys/);
            execFileSync("ssh-add", ["-q", server.path("client")], { stdio: "ignore" });
            assert.equal(await withSsh(target, async ({ exec }) => (await exec("echo in")).stdout), "in\n");
        } finally {
            agent.kill();
            delete process.env.SSH_AUTH_SOCK;
            Object.assign(process.env, before === undefined ? {} : { SSH_AUTH_SOCK: before });
        }
    });

    it("tells refused, unknown, silent and foreign servers apart", async () => {
        const { target } = server;
        await fails({ ...target, port: await freePort() }, "refused", /nothing listens there/);
        await fails({ ...target, host: "no-such-machine.invalid" }, "unreachable", /the name "no-such-machine\.invalid" isn't known from here/);
        const hangUp = createServer((socket) => socket.destroy());
        await new Promise<void>((resolve) => hangUp.listen(0, "127.0.0.1", resolve));
        await fails({ ...target, port: (hangUp.address() as { port: number }).port }, "lost", /closed the connection before the login/);
        hangUp.close();
    });

    it("gives up on a server that says nothing", async () => {
        const silent = createServer((socket) => socket.on("error", () => undefined));
        await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
        try {
            await fails({ ...server.target, port: (silent.address() as { port: number }).port }, "timeout", /doesn't answer within 20 s/);
        } finally {
            silent.close();
        }
    });

    it("fails a command whose connection is cut off, and closes it when an action fails", async () => {
        const lone = await SshServer.start();
        try {
            const run = withSsh(lone.target, async ({ exec }) => {
                const endless = exec("sleep 600");
                await new Promise((resolve) => setTimeout(resolve, 300));
                await lone.stop();
                return endless;
            });
            await assert.rejects(run, (error) => error instanceof SshError && error.trouble === "lost");
        } finally {
            await lone.stop();
        }
        await assert.rejects(
            withSsh(server.target, async () => {
                throw new Error("of the action");
            }),
            /of the action/,
        );
    });

    /** Expects a connection to fail in a certain way; gives the error. */
    async function fails(target: SshTarget, trouble: SshTrouble, message: RegExp): Promise<SshError> {
        const error = await withSsh(target, async () => undefined).then(
            () => assert.fail("it connected"),
            (thrown: Error) => thrown,
        );
        assert.ok(error instanceof SshError, String(error));
        assert.match(error.message, message);
        assert.equal(error.trouble, trouble);
        assert.ok(!error.message.includes("PRIVATE KEY"));
        return error;
    }
});

/** What comes back of a text; nothing where the connection is closed at once. */
function through(port: number, text: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const socket = tcpConnect({ host: "127.0.0.1", port });
        socket.once("connect", () => socket.write(text));
        socket.once("data", (answer) => {
            resolve(answer.toString());
            socket.destroy();
        });
        socket.once("error", reject);
        socket.once("close", () => resolve(""));
    });
}
