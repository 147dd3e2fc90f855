import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { type Outcome, run } from "../toolchain/run";
import { makeCgroups, removeCgroups } from "./cgroups";
import { failed, must, quietly, waitFor } from "./command";
import { type Daemon, logName } from "./daemons";
import { NAMESPACES } from "./machine";
import { INTERFACE, NETWORK, RANGES } from "./network";
import type { Places } from "./places";

const MARK = "pulumi-data-services-cluster";

interface Process {
    readonly pid: number;
    readonly words: readonly string[];
}

/**
 * The node: a first process with mount, network and process namespaces of its own, and all others inside. The kernel ends
 * them together, and takes their mounts, interfaces and rules along. It is found by its command line, so that there is no
 * file about it that could be wrong after a crash.
 */
export class ClusterNode {
    readonly #env: NodeJS.ProcessEnv;

    private constructor(
        readonly pid: number,
        readonly places: Places,
        programs: string,
        runtime: string,
    ) {
        const path = [join(programs, "bin"), join(runtime, "usr", "bin"), join(runtime, "usr", "sbin"), "/usr/sbin:/usr/bin:/sbin:/bin"].join(":");
        this.#env = { PATH: path, HOME: "/root", LANG: "C.UTF-8", CONTAINERD_ADDRESS: "/run/containerd.sock", CONTAINERD_NAMESPACE: "k8s.io", ...NETWORK };
    }

    /** The one that runs, if one does. */
    static running(places: Places, programs: string, runtime: string): ClusterNode | undefined {
        const pid = firstProcess(places)?.pid;
        return pid === undefined ? undefined : new ClusterNode(pid, places, programs, runtime);
    }

    static async start(places: Places, programs: string, runtime: string): Promise<ClusterNode> {
        makeCgroups();
        mkdirSync(join(places.state, "logs"), { recursive: true });
        const namespaces = [...NAMESPACES, "--kill-child=SIGKILL"];
        const script = join(places.state, "etc", "enter.sh");
        spawnDetached("unshare", [...namespaces, "sh", script, places.state, runtime, MARK], places.log("node"), process.env);
        let pid: number | undefined;
        await waitFor("the node's first process", 20, places.log("node"), async () => {
            pid = firstProcess(places)?.pid;
            return pid !== undefined;
        });
        const node = new ClusterNode(pid as unknown as number, places, programs, runtime);
        await node.#connect();
        return node;
    }

    /** Its link to the machine, which goes with it. */
    async #connect(): Promise<void> {
        quietly("ip", "link", "delete", INTERFACE);
        await must("ip", ["link", "add", INTERFACE, "type", "veth", "peer", "name", "uplink", "netns", String(this.pid)]);
        await must("ip", ["address", "add", `${NETWORK.HOST_ADDRESS}/30`, "dev", INTERFACE]);
        await must("ip", ["link", "set", INTERFACE, "up"]);
        const network = await this.run("sh", "/run/cluster/etc/network.sh");
        if (!network.ok) throw failed("making the node's network", [], network);
        for (const range of RANGES.slice(1)) await must("ip", ["route", "replace", range, "via", NETWORK.NODE_ADDRESS, "dev", INTERFACE]);
    }

    /** Runs a command in the node to its end. */
    async run(...command: string[]): Promise<Outcome> {
        return run("nsenter", [...this.#namespaces(), ...command], { cwd: "/", env: this.#env, timeout: 300_000 });
    }

    /** Starts a program in the node that is started again whenever it ends. */
    launch(daemon: Daemon): void {
        const log = `/run/cluster/logs/${logName(daemon)}.log`;
        const command = ["sh", "/run/cluster/etc/supervise.sh", log, daemon.name, ...daemon.args];
        spawnDetached("nsenter", [...this.#namespaces(), ...command], this.places.log("node"), this.#env);
    }

    #namespaces(): string[] {
        return ["--target", String(this.pid), "--mount", "--net", "--pid", "--"];
    }
}

export function isRunning(places: Places): boolean {
    return firstProcess(places) !== undefined;
}

/** Ends what there is of a node, whole or half, and waits until nothing is left of it. */
export async function stopNode(places: Places): Promise<boolean> {
    const found = processes(places);
    const namespace = namespaceOf(firstProcess(places)?.pid);
    for (const { pid } of found) kill(pid);
    await waitFor("the node's processes to end", 60, places.log("node"), async () => {
        return processes(places).length === 0 && (namespace === undefined || !allPids().some((pid) => namespaceOf(pid) === namespace));
    });
    quietly("ip", "link", "delete", INTERFACE);
    await waitFor("the node's cgroups to be empty", 30, places.log("node"), async () => removeCgroups());
    return found.length > 0;
}

/** The processes of a program of the node, such as kube-apiserver: for tests that kill it. */
export function processesOf(places: Places, program: string): number[] {
    const namespace = namespaceOf(firstProcess(places)?.pid);
    if (namespace === undefined) return [];
    return allPids().filter((pid) => namespaceOf(pid) === namespace && wordsOf(pid)[0]?.replace(/.*\//, "") === program);
}

/** The first process once it has made the node; before that it is a shell. */
function firstProcess(places: Places): Process | undefined {
    return processes(places).find(({ words }) => words[0]?.endsWith("/tini"));
}

function processes(places: Places): Process[] {
    return allPids()
        .map((pid) => ({ pid, words: wordsOf(pid) }))
        .filter(({ words }) => words.includes(MARK) && words.includes(places.state));
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

function namespaceOf(pid: number | undefined): string | undefined {
    try {
        return pid === undefined ? undefined : readlinkSync(`/proc/${pid}/ns/pid`);
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

function spawnDetached(command: string, args: readonly string[], log: string, env: NodeJS.ProcessEnv): void {
    const output = openSync(log, "a");
    spawn(command, args, { cwd: "/", env, detached: true, stdio: ["ignore", output, output] }).unref();
    closeSync(output);
}
