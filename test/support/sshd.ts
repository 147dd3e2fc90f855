import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { freePort } from "../../providers/local/server/ports";
import type { SshTarget } from "../../providers/remote/ssh";
import { eventually, kill } from "./processes";
import { newDirectory } from "./sandbox";
import { connectTo } from "./sockets";

const programs = ["/usr/sbin/sshd", "/usr/local/sbin/sshd", "/usr/bin/sshd"];

/** Why no SSH server can be started here; undefined when one can. */
export function noSshd(): string | undefined {
    return sshdProgram() === undefined ? "no sshd (Debian: openssh-server)" : undefined;
}

export interface SshServerOptions {
    /** The kinds of host keys that it has. @default ed25519 */
    readonly hostKeys?: readonly string[];
    /** More lines of its `sshd_config`; the first of a name wins. */
    readonly config?: readonly string[];
}

/** A real OpenSSH server on a free port, with throw-away keys; the user who runs the tests may log in. */
export class SshServer {
    private process: ChildProcess | undefined;

    private constructor(
        readonly directory: string,
        readonly port: number,
        private readonly kind: string,
    ) {}

    static async start({ hostKeys = ["ed25519"], config = [] }: SshServerOptions = {}): Promise<SshServer> {
        const server = new SshServer(newDirectory("sshd"), await freePort(), hostKeys[0] as string);
        for (const kind of hostKeys) {
            generateKey(server.path(`host_${kind}`), kind);
        }
        generateKey(server.path("client"), "ed25519");
        const authorized = server.path("authorized_keys");
        writeFileSync(authorized, readFileSync(server.path("client.pub")), { mode: 0o600 });
        const lines = [
            ...config,
            `Port ${server.port}`,
            "ListenAddress 127.0.0.1",
            ...hostKeys.map((kind) => `HostKey ${server.path(`host_${kind}`)}`),
            `AuthorizedKeysFile ${authorized}`,
            `PidFile ${server.path("sshd.pid")}`,
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "UsePAM no",
            "PermitRootLogin prohibit-password",
            // The sandbox's own directory isn't a home: its modes are what the tests need.
            "StrictModes no",
        ];
        writeFileSync(server.path("sshd_config"), `${lines.join("\n")}\n`);
        await server.run();
        return server;
    }

    /** How to log in as whoever runs the tests. */
    get target(): SshTarget {
        return { host: "127.0.0.1", port: this.port, user: userInfo().username, privateKey: this.privateKey, hostKey: this.hostKey(this.kind) };
    }

    get privateKey(): string {
        return readFileSync(this.path("client"), "utf8");
    }

    /** The public key, as in `known_hosts`. */
    hostKey(kind: string): string {
        return readFileSync(this.path(`host_${kind}.pub`), "utf8")
            .split(" ")
            .slice(0, 2)
            .join(" ");
    }

    fingerprint(kind: string): string {
        return execFileSync("ssh-keygen", ["-lf", this.path(`host_${kind}.pub`)], { encoding: "utf8" }).split(" ")[1] as string;
    }

    path(name: string): string {
        return join(this.directory, name);
    }

    log(): string {
        return readFileSync(this.path("log"), "utf8");
    }

    /** Starts it, again after {@link stop}. */
    async run(): Promise<void> {
        if (process.getuid?.() === 0) {
            mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
        }
        // -D: it stays a child of the tests; -E: what it says goes to a file.
        const child = spawn(sshdProgram() as string, ["-D", "-f", this.path("sshd_config"), "-E", this.path("log")], { stdio: "ignore" });
        this.process = child;
        await eventually("an sshd that listens", () => {
            if (child.exitCode !== null) {
                throw new Error(`sshd ended: ${this.log()}`);
            }
            return connectTo("127.0.0.1", this.port).catch(() => undefined);
        });
    }

    /** Ends the server and its sessions. */
    async stop(): Promise<void> {
        const child = this.process;
        this.process = undefined;
        if (child?.exitCode === null) {
            const ended = new Promise((resolve) => child.once("exit", resolve));
            const sessions = descendantsOf(child.pid as number);
            child.kill("SIGTERM");
            await ended;
            // They outlive the process that listens.
            sessions.forEach(kill);
        }
    }
}

/** A new key pair without a passphrase: `file` and `file.pub`. */
export function generateKey(file: string, kind: string, passphrase = ""): void {
    execFileSync("ssh-keygen", ["-q", "-t", kind, "-N", passphrase, "-C", "test", "-f", file]);
}

function sshdProgram(): string | undefined {
    return programs.find((program) => existsSync(program));
}

function descendantsOf(pid: number): number[] {
    const rows = execFileSync("ps", ["-eo", "pid=,ppid="], { encoding: "utf8" }).split("\n");
    const children = rows.map((row) => row.trim().split(/\s+/).map(Number)).filter(([, parent]) => parent === pid);
    return children.flatMap(([child]) => [child as number, ...descendantsOf(child as number)]);
}
