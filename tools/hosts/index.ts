import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { must, quietly } from "../cluster/command";
import { installMissing } from "../cluster/debian";
import { withSystemPath } from "../cluster/machine";
import { cacheDirectory, type Env, readJson, writeJson } from "../toolchain/cache";
import { withLock } from "../toolchain/lock";
import { HostProcess } from "./host";
import { foreignRoute, NEEDED, reasonAgainstHosts } from "./machine";
import { linkOf, MOST_HOSTS, RULES } from "./network";
import { ensureTree, type Release, releases } from "./tree";

export type { HostProcess } from "./host";
export { reasonAgainstHosts } from "./machine";
export { type Release, releases } from "./tree";

/** A host to test on, as one would rent it: reached by SSH with a key, as a user with sudo. */
export interface TestHost {
    readonly name: string;
    readonly release: Release;
    readonly address: string;
    readonly port: number;
    readonly user: string;
    readonly privateKeyFile: string;
    /** Type and key, as in known_hosts. */
    readonly hostKey: string;
    /** The way past the network, for tests. */
    readonly process: HostProcess;
}

export type HostAnswer = { readonly host: TestHost } | { readonly reason: string };

export interface HostOptions {
    /** Hosts are numbered from 1; tests that need a host for themselves take a number of their own. */
    readonly slot: number;
    readonly release: Release;
    /** Whether the host begins anew. @default false: one that runs is taken as it is */
    readonly fresh?: boolean;
    /** Takes a line now and then while something is built or started. @default the lines go to stderr */
    readonly progress?: (line: string) => void;
    /** @default process.env */
    readonly env?: Env;
}

/** A host that is up; or why there is none. What is built stays in the cache, and the host stays up for the next who asks. */
export async function ensureHost({ slot, release, fresh = false, progress = toStderr, env: given = process.env }: HostOptions): Promise<HostAnswer> {
    if (!Number.isInteger(slot) || slot < 1 || slot > MOST_HOSTS) {
        throw new Error(`hosts are numbered from 1 to ${MOST_HOSTS}, and ${slot} isn't such a number`);
    }
    const env = withSystemPath(given);
    const cache = cacheDirectory(given);
    const reason = reasonAgainstHosts(env, cache) ?? (await foreignRoute());
    if (reason) return { reason };
    await installMissing(NEEDED, env, progress);
    const tree = await ensureTree(release, cache, env, progress);
    return withLock(join(cache, "locks", `host-${slot}`), async () => {
        const host = new HostProcess(slot, join(directoryOf(cache), String(slot)));
        const stamp = join(host.own, "made-from.json");
        const madeFrom = basename(dirname(tree.root));
        if (fresh || readJson<string>(stamp) !== madeFrom) await host.stop(true);
        if (!host.isRunning) {
            await host.stop(false);
            await openForwarding(cache);
            progress(`starting the test host ${host.name} (Debian ${release}) ...`);
            try {
                await host.start(tree);
            } catch (error) {
                await host.stop(false);
                throw error;
            }
            writeJson(stamp, madeFrom);
        }
        return { host: describe(host, release, tree.privateKeyFile) };
    });
}

/** Ends all hosts: no process, mount, interface or rule of them is left. Their disks stay, unless wiped. */
export async function stopHosts({ env = process.env, wipe = false }: { readonly env?: Env; readonly wipe?: boolean } = {}): Promise<number> {
    const cache = cacheDirectory(env);
    const directory = directoryOf(cache);
    if (process.platform !== "linux" || !existsSync(directory)) return 0;
    let stopped = 0;
    for (const slot of readdirSync(directory).map(Number).filter(Number.isInteger)) {
        await withLock(join(cache, "locks", `host-${slot}`), async () => {
            if (await new HostProcess(slot, join(directory, String(slot))).stop(wipe)) stopped++;
        });
    }
    closeForwarding(cache);
    return stopped;
}

function describe(host: HostProcess, release: Release, privateKeyFile: string): TestHost {
    const { hostKey } = host;
    if (hostKey === undefined) throw new Error(`${host.name} has no host key`);
    return { name: host.name, release, address: linkOf(host.slot).address, port: 22, user: "admin", privateKeyFile, hostKey, process: host };
}

/** The releases of the first hosts, one after the other. */
export function releaseOf(slot: number): Release {
    return releases[(slot - 1) % releases.length] as Release;
}

const FORWARDING = "/proc/sys/net/ipv4/ip_forward";

/** Lets the machine pass on what hosts send; what it did before is put back when the last of them goes. */
async function openForwarding(cache: string): Promise<void> {
    const before = readFileSync(FORWARDING, "utf8").trim();
    if (before === "0") {
        mkdirSync(directoryOf(cache), { recursive: true });
        writeFileSync(forwardingBefore(cache), before);
        writeFileSync(FORWARDING, "1");
    }
    for (const [table, chain, ...rule] of RULES) {
        if (!quietly("iptables", "-w", "-t", table, "-C", chain, ...rule)) await must("iptables", ["-w", "-t", table, "-I", chain, ...rule]);
    }
}

function closeForwarding(cache: string): void {
    for (const [table, chain, ...rule] of RULES) {
        while (quietly("iptables", "-w", "-t", table, "-D", chain, ...rule));
    }
    if (existsSync(forwardingBefore(cache))) {
        writeFileSync(FORWARDING, readFileSync(forwardingBefore(cache), "utf8"));
        rmSync(forwardingBefore(cache));
    }
}

function forwardingBefore(cache: string): string {
    return join(directoryOf(cache), "forwarding-before");
}

function directoryOf(cache: string): string {
    return join(cache, "hosts");
}

function toStderr(line: string): void {
    process.stderr.write(`${line}\n`);
}
