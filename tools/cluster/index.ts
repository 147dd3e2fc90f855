import { existsSync, rmSync } from "node:fs";
import { basename, delimiter, join } from "node:path";
import { duration } from "../toolchain/artefact";
import { cacheDirectory, type Env, hashOf, readJson, writeJson } from "../toolchain/cache";
import { searchPath } from "../toolchain/executables";
import { withLock } from "../toolchain/lock";
import { ClusterError, waitFor } from "./command";
import { ensureDebian } from "./debian";
import { Kubectl } from "./kubectl";
import { foreignRoute, reasonAgainst, withSystemPath } from "./machine";
import { NETWORK, RANGES } from "./network";
import { isRunning, processesOf, stopNode } from "./node";
import { Places } from "./places";
import { ensurePrograms } from "./programs";
import { ensureServiceImages, type ServiceImages } from "./service-images";
import { importMissing, installInside, isHealthy, type Material, startCluster, wipe } from "./start";
import { ensureSystemImages } from "./system-images";

export { ClusterError } from "./command";
export { Kubectl } from "./kubectl";
export type { ServiceImages } from "./service-images";

export interface Cluster {
    readonly kubeconfig: string;
    /** The user's own, or the one that this makes. */
    readonly source: "existing" | "built";
    /** For the programs of tests. An existing cluster pulls the operators' own. */
    readonly images: ServiceImages | undefined;
    /** To merge into the environment of programs that use the cluster: KUBECONFIG, a PATH with kubectl and its cache, no proxy for the cluster's addresses. */
    readonly env: Record<string, string>;
}

export interface ClusterOptions {
    /** Takes a line now and then while something is built or started. @default the lines go to stderr */
    readonly progress?: (line: string) => void;
    /** Where to look for commands, for the user's cluster and for the cache's place. @default process.env */
    readonly env?: Env;
}

export type ClusterAnswer = { readonly cluster: Cluster } | { readonly reason: string };

/** The variables that name a cluster of the user's to test on. */
const EXISTING = ["DATA_SERVICES_TEST_KUBECONFIG", "KUBECONFIG_TEST"];

/** What the cluster was made by. */
const STAMP = "made-by.json";

interface Stamp {
    /** Of the node and its programs: with another one the data begin anew. */
    readonly node: string;
    /** Of what runs inside: another one is applied to the cluster that runs. */
    readonly inside: string;
}

/** There while the cluster that runs was started to the end: a start that was killed half-way left something that looks well. */
const READY = "ready.json";

/**
 * A cluster to test on: the user's own when a variable names its kubeconfig, else one of our own, which needs root on a
 * Linux machine; or why there is none. What is built stays in the cache, and the cluster stays up for the next who asks.
 */
export async function ensureCluster(options: ClusterOptions = {}): Promise<ClusterAnswer> {
    const given = options.env ?? process.env;
    const existing = existingCluster(given);
    if (existing) return { cluster: existing };
    const env = withSystemPath(given);
    const progress = options.progress ?? ((line) => void process.stderr.write(`${line}\n`));
    const places = new Places(cacheDirectory(given));
    const reason = reasonAgainstCluster(given);
    if (reason) return { reason };

    const runtime = await ensureDebian(env, places, progress);
    const [programs, services] = await all(ensurePrograms(env, places, progress), ensureServiceImages(env, places, progress));
    const system = await ensureSystemImages(programs, runtime, places, progress);
    const cluster = builtCluster(given, places, programs, services.images);
    const waiting = (pid: number | undefined) => progress(`waiting for another process${pid ? ` (${pid})` : ""} that starts or stops the cluster ...`);
    return withLock(
        places.lock("state"),
        async () => bringUp({ programs, runtime, archives: [system, ...services.archives] }, cluster, places, progress),
        waiting,
    );
}

/** Why there can be no cluster here, as far as it is known at once and without building anything; nothing when there can. */
export function reasonAgainstCluster(env: Env = process.env): string | undefined {
    if (existingCluster(env)) return undefined;
    const reason = reasonAgainst(withSystemPath(env), cacheDirectory(env));
    return reason && `${reason}. Or name a cluster of yours: ${EXISTING[0]}=<kubeconfig>`;
}

/** Ends the cluster: no process, mount, interface, rule or control group of it is left. Its data stay, unless wiped. */
export async function stopCluster(options: ClusterOptions & { readonly wipe?: boolean } = {}): Promise<boolean> {
    const places = new Places(cacheDirectory(options.env ?? process.env));
    return withLock(places.lock("state"), async () => {
        const stopped = process.platform === "linux" && (await stopNode(places));
        if (options.wipe) wipe(places);
        return stopped;
    });
}

/**
 * Kills a program of our own cluster with SIGKILL, such as `kube-apiserver`: it comes back a second later, as it would
 * anywhere. Gives how many processes that were.
 */
export function killDaemon(program: string, options: ClusterOptions = {}): number {
    const found = processesOf(new Places(cacheDirectory(options.env ?? process.env)), program);
    for (const pid of found) process.kill(pid, "SIGKILL");
    return found.length;
}

async function bringUp(material: Material, cluster: Cluster, places: Places, progress: (line: string) => void): Promise<ClusterAnswer> {
    const kubectl = new Kubectl(join(material.programs, "bin", "kubectl"), cluster.env);
    const wanted = wantedStamp(material);
    const stamp = readJson<Stamp>(join(places.state, STAMP));
    const same = stamp?.node === wanted.node;
    const ready = join(places.state, READY);
    if (isRunning(places) && same && existsSync(ready) && (await becomesHealthy(kubectl, places))) {
        await importMissing(material, places, progress);
        if (stamp.inside !== wanted.inside) await installInside(material, kubectl, places, progress);
        writeJson(join(places.state, STAMP), wanted);
        return { cluster };
    }
    rmSync(ready, { force: true });
    if (await stopNode(places)) progress("stopped a cluster that was of another version, or not well");
    if (!same) wipe(places);
    const clash = await foreignRoute();
    if (clash) return { reason: clash };
    const begun = Date.now();
    progress("starting the cluster ...");
    try {
        await startCluster(material, kubectl, places, progress);
    } catch (error) {
        await stopNode(places);
        throw error;
    }
    writeJson(join(places.state, STAMP), wanted);
    writeJson(ready, true);
    progress(`the cluster is ready after ${duration(Date.now() - begun)}`);
    return { cluster };
}

function wantedStamp({ programs }: Material): Stamp {
    const hash = (...names: string[]) => hashOf(names.map((name) => join(__dirname, name)));
    return {
        node: hash("node", "daemons.ts", "network.ts", "certificates.ts", "versions.ts"),
        inside: `${hash("manifests")} ${basename(programs)}`,
    };
}

/** A test may just have killed something that comes back by itself. */
async function becomesHealthy(kubectl: Kubectl, places: Places): Promise<boolean> {
    try {
        await waitFor("the running cluster", 120, places.log("kube-apiserver"), () => isHealthy(kubectl));
        return true;
    } catch (error) {
        if (error instanceof ClusterError) return false;
        throw error;
    }
}

function existingCluster(env: Env): Cluster | undefined {
    const name = EXISTING.find((name) => env[name]);
    const kubeconfig = name && env[name];
    if (!kubeconfig) return undefined;
    if (!existsSync(kubeconfig)) throw new ClusterError(`${name} names ${kubeconfig}, which doesn't exist`);
    return { kubeconfig, source: "existing", images: undefined, env: { KUBECONFIG: kubeconfig } };
}

function builtCluster(env: Env, places: Places, programs: string, images: ServiceImages): Cluster {
    const own = [NETWORK.NODE_ADDRESS, ...RANGES, ".svc", ".cluster.local"];
    const direct = [...new Set([...(env.NO_PROXY ?? env.no_proxy ?? "").split(","), ...own])].filter(Boolean).join(",");
    const bin = join(programs, "bin");
    const path = [bin, ...searchPath(env).filter((directory) => directory !== bin)].join(delimiter);
    const { kubeconfig, kubectlCache } = places;
    return { kubeconfig, source: "built", images, env: { KUBECONFIG: kubeconfig, KUBECACHEDIR: kubectlCache, PATH: path, NO_PROXY: direct, no_proxy: direct } };
}

/** Waits for both, even when one fails: nothing goes on behind the caller's back. */
async function all<A, B>(one: Promise<A>, other: Promise<B>): Promise<[A, B]> {
    const [a, b] = await Promise.allSettled([one, other]);
    if (a.status === "rejected") throw a.reason;
    if (b.status === "rejected") throw b.reason;
    return [a.value, b.value];
}
