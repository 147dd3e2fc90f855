import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync, rmSync } from "node:fs";
import { join } from "node:path";
import { failed, must, quietly, waitFor } from "../cluster/command";
import { type Outcome, run } from "../toolchain/run";
import { linkOf } from "./network";
import type { Tree } from "./tree";

/**
 * A Debian with systemd and sshd as a container on an overlay of its release's tree. It is found by its command line, so that there is no file
 * about it that could be wrong after a crash.
 */
export class HostProcess {
    constructor(
        readonly slot: number,
        /** Its directory; a test host has nothing elsewhere. */
        readonly own: string,
    ) {}

    get name(): string {
        return `ds-host${this.slot}`;
    }

    get log(): string {
        return join(this.own, "console.log");
    }

    /** The process that is the host's first one, which systemd-nspawn started; undefined while there is none. */
    get init(): number | undefined {
        const nspawn = this.#processes().find(({ words }) => words[0]?.endsWith("systemd-nspawn"))?.pid;
        return nspawn === undefined ? undefined : allPids().find((pid) => parentOf(pid) === nspawn && /\/systemd$/.test(wordsOf(pid)[0] ?? ""));
    }

    get isRunning(): boolean {
        return this.init !== undefined;
    }

    async start({ root }: Tree): Promise<void> {
        for (const name of ["upper", "work", "root"]) mkdirSync(join(this.own, name), { recursive: true });
        const output = openSync(this.log, "a");
        const boot = ["--mount", "--net", "sh", join(__dirname, "boot.sh"), root, this.own, this.name];
        spawn("unshare", boot, { cwd: "/", detached: true, stdio: ["ignore", output, output] }).unref();
        closeSync(output);
        await this.#connect();
        await waitFor(`the host ${this.name} to be up`, 120, this.log, async () => {
            const { stdout } = await this.run("systemctl is-system-running");
            // Degraded: a unit of the release that has no work in a container.
            return /^(running|degraded)$/m.test(stdout) && (await this.run("systemctl is-active ssh")).ok;
        });
    }

    /** As when somebody pulls the plug: nothing is ended in order. Its disk stays, unless wiped. */
    async stop(wipe: boolean): Promise<boolean> {
        const running = this.isRunning;
        // Also those whose systemd-nspawn is gone: the first process of a host outlives it.
        await waitFor(`the processes of ${this.name} to end`, 60, this.log, async () => {
            const found = allPids().filter((pid) => this.#uses(pid));
            for (const pid of found) kill(pid);
            return found.length === 0;
        });
        quietly("ip", "link", "delete", this.name);
        if (wipe) rmSync(this.own, { recursive: true, force: true });
        return running;
    }

    /** Runs a shell script on the host as root, past its network and its logins. */
    async run(script: string): Promise<Outcome> {
        const { init } = this;
        if (init === undefined) return { ok: false, stdout: "", tail: `${this.name} doesn't run` };
        const env = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LANG: "C.UTF-8", HOME: "/root" };
        const into = ["--target", String(init), "--mount", "--uts", "--ipc", "--net", "--pid", "--cgroup", "--root", "--wd"];
        return run("nsenter", [...into, "--", "sh", "-c", script], { cwd: "/", env, timeout: 300_000 });
    }

    /** As {@link run}, for what has to succeed. */
    async must(script: string): Promise<string> {
        const outcome = await this.run(script);
        if (!outcome.ok) throw failed(this.name, [script], outcome);
        return outcome.stdout;
    }

    /** Without its link nothing reaches the host, and it reaches nothing. */
    async cut(): Promise<void> {
        await must("ip", ["link", "set", this.name, "down"]);
    }

    async mend(): Promise<void> {
        await must("ip", ["link", "set", this.name, "up"]);
    }

    /** Its public host key, as a line of known_hosts without the host. */
    get hostKey(): string | undefined {
        const file = join(this.own, "upper", "etc", "ssh", "ssh_host_ed25519_key.pub");
        return existsSync(file) ? readFileSync(file, "utf8").trim().split(" ").slice(0, 2).join(" ") : undefined;
    }

    /** Its link to the machine, which goes with its network namespace. */
    async #connect(): Promise<void> {
        const { gateway, address } = linkOf(this.slot);
        let pid: number | undefined;
        await waitFor(`the network of ${this.name}`, 20, this.log, async () => {
            pid = this.#processes().find((one) => networkOf(one.pid) !== networkOf(process.pid))?.pid;
            return pid !== undefined;
        });
        quietly("ip", "link", "delete", this.name);
        const inside = ["--target", String(pid), "--net", "--", "ip"];
        await must("ip", ["link", "add", this.name, "type", "veth", "peer", "name", "uplink", "netns", String(pid)]);
        await must("ip", ["address", "add", `${gateway}/30`, "dev", this.name]);
        await must("ip", ["link", "set", this.name, "up"]);
        await must("nsenter", [...inside, "address", "add", `${address}/30`, "dev", "uplink"]);
        await must("nsenter", [...inside, "link", "set", "uplink", "up"]);
        await must("nsenter", [...inside, "route", "add", "default", "via", gateway]);
    }

    /** Whether a process sees the host's disk. */
    #uses(pid: number): boolean {
        try {
            return readFileSync(`/proc/${pid}/mountinfo`, "utf8").includes(`upperdir=${join(this.own, "upper")},`);
        } catch {
            return false; // it has ended meanwhile
        }
    }

    #processes(): { readonly pid: number; readonly words: readonly string[] }[] {
        return allPids()
            .map((pid) => ({ pid, words: wordsOf(pid) }))
            .filter(({ words }) => (words.includes(this.own) && words.includes(this.name)) || words.includes(`--directory=${join(this.own, "root")}`));
    }
}

function allPids(): number[] {
    return readdirSync("/proc").map(Number).filter(Number.isInteger);
}

function wordsOf(pid: number): string[] {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    } catch {
        return []; // it has ended meanwhile
    }
}

function parentOf(pid: number): number | undefined {
    try {
        return Number(/^PPid:\s*(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]);
    } catch {
        return undefined;
    }
}

function networkOf(pid: number): string | undefined {
    return linkTo(`/proc/${pid}/ns/net`);
}

function linkTo(path: string): string | undefined {
    try {
        return readlinkSync(path);
    } catch {
        return undefined;
    }
}

function kill(pid: number): void {
    try {
        process.kill(pid, "SIGKILL");
    } catch {
        // it has ended meanwhile
    }
}
