import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { readJson, writeJson } from "../toolchain/cache";
import type { Progress } from "../toolchain/toolchain";
import { ensureCertificates } from "./certificates";
import { CGROUP } from "./cgroups";
import { failed, tailOf, waitFor } from "./command";
import { AFTER_API, API, CONTAINERD, ETCD_SERVER } from "./daemons";
import type { Kubectl } from "./kubectl";
import { fillIn, NETWORK } from "./network";
import { ClusterNode } from "./node";
import type { Places } from "./places";

/** What runs inside before the cluster counts as ready. */
const DEPLOYMENTS: readonly (readonly [namespace: string, name: string])[] = [
    ["kube-system", "coredns"],
    ["local-path-storage", "local-path-provisioner"],
    ["cnpg-system", "cnpg-controller-manager"],
    ["rabbitmq-system", "rabbitmq-cluster-operator"],
    ["rabbitmq-system", "messaging-topology-operator"],
];

/** What a cluster is started from. */
export interface Material {
    readonly programs: string;
    readonly runtime: string;
    /** The archives of images, those of the system first. */
    readonly archives: readonly [string, ...string[]];
}

/** Starts everything, on what state there is, and waits until all of it answers. */
export async function startCluster({ programs, runtime, archives }: Material, kubectl: Kubectl, places: Places, progress: Progress): Promise<void> {
    writeConfiguration(places);
    await ensureCertificates(places);
    const node = await ClusterNode.start(places, programs, runtime);
    node.launch(CONTAINERD);
    node.launch(ETCD_SERVER);
    node.launch(API);
    await waitFor("containerd", 60, places.log("containerd"), async () => (await node.run("ctr", "version")).ok);
    const [system, ...services] = archives;
    await importImages(node, system, places, progress);
    await waitFor("the API server", 180, places.log("kube-apiserver"), async () => (await kubectl.run("get", "--raw=/readyz")).ok);
    await forgetOldPods(kubectl);
    for (const daemon of AFTER_API) node.launch(daemon);
    const imported = importAll(node, services, places, progress);
    imported.catch(() => {}); // told below, when its turn comes
    await waitFor("the node to be ready", 180, places.log("kubelet"), () => isNodeReady(kubectl));
    await installInside({ programs }, kubectl, places, progress);
    await imported;
}

/** Applies the manifests, and waits until what they ask for runs. */
export async function installInside({ programs }: Pick<Material, "programs">, kubectl: Kubectl, places: Places, progress: Progress): Promise<void> {
    writeConfiguration(places);
    progress("installing DNS, storage and the operators ...");
    await kubectl.must(
        "apply",
        "--server-side",
        "--force-conflicts",
        "--filename",
        join(programs, "manifests"),
        "--filename",
        join(places.state, "etc", "manifests"),
    );
    for (const [namespace, name] of DEPLOYMENTS) {
        const rollout = () => kubectl.run("--namespace", namespace, "rollout", "status", `deployment/${name}`, "--timeout=1s");
        await waitFor(
            `deployment ${namespace}/${name}`,
            300,
            () => why(kubectl, namespace, places),
            async () => (await rollout()).ok,
        );
    }
}

/** Whether a cluster that runs already is one to work with. */
export async function isHealthy(kubectl: Kubectl): Promise<boolean> {
    if (!(await isNodeReady(kubectl))) return false;
    const template = '{range .items[*]}{.metadata.namespace}/{.metadata.name}={.status.availableReplicas}{"\\n"}{end}';
    const { stdout } = await kubectl.run("get", "deployments", "--all-namespaces", "--output", `jsonpath=${template}`);
    const available = stdout.split("\n");
    return DEPLOYMENTS.every(([namespace, name]) => available.includes(`${namespace}/${name}=1`));
}

async function isNodeReady(kubectl: Kubectl): Promise<boolean> {
    return kubectl.answers("True", "get", "node", NETWORK.NODE_NAME, "--output", 'jsonpath={.status.conditions[?(@.type=="Ready")].status}');
}

/** The files of `node/` and our own manifests, with the addresses filled in. */
function writeConfiguration({ state }: Places): void {
    const etc = join(state, "etc");
    for (const folder of ["node", "node/cni", "manifests"]) {
        const target = join(etc, folder.replace(/^node\/?/, ""));
        mkdirSync(target, { recursive: true });
        for (const { name } of readdirSync(join(__dirname, folder), { withFileTypes: true }).filter((entry) => entry.isFile())) {
            const text = readFileSync(join(__dirname, folder, name), "utf8");
            writeFileSync(join(target, name), name.endsWith(".sh") ? text : fillIn(text, { ...NETWORK, CGROUP }));
        }
    }
}

/**
 * After a restart the API server still believes that the pods of before are running. Those of the system are made anew, so
 * that waiting for them means something; their leaders' leases would keep the new ones waiting.
 */
async function forgetOldPods(kubectl: Kubectl): Promise<void> {
    for (const namespace of new Set(DEPLOYMENTS.map(([namespace]) => namespace))) {
        const found = await kubectl.run("--namespace", namespace, "get", "deployments", "--output", "name");
        if (found.stdout === "") continue;
        await kubectl.must("--namespace", namespace, "rollout", "restart", "deployment");
        await kubectl.must("--namespace", namespace, "delete", "pods", "--all", "--force", "--grace-period=0");
        await kubectl.must("--namespace", namespace, "delete", "leases", "--all");
    }
}

/** Gives a cluster that runs already the images that it was started without. */
export async function importMissing({ programs, runtime, archives }: Material, places: Places, progress: Progress): Promise<void> {
    const node = ClusterNode.running(places, programs, runtime);
    if (node) await importAll(node, archives, places, progress);
}

async function importAll(node: ClusterNode, archives: readonly string[], places: Places, progress: Progress): Promise<void> {
    for (const archive of archives) await importImages(node, archive, places, progress);
}

/** Imports an archive that isn't there yet. Archives live in folders that are named by their content. */
async function importImages(node: ClusterNode, archive: string, places: Places, progress: Progress): Promise<void> {
    const memory = join(places.state, "imported.json");
    const imported = readJson<string[]>(memory) ?? [];
    if (imported.includes(archive)) return;
    progress(`importing images: ${basename(dirname(archive))} ...`);
    const outcome = await node.run("ctr", "images", "import", archive);
    if (!outcome.ok) throw failed("ctr", ["images", "import", archive], outcome);
    writeJson(memory, [...imported, archive]);
}

/** What a person would look at next. */
async function why(kubectl: Kubectl, namespace: string, places: Places): Promise<string> {
    const pods = await kubectl.run("--namespace", namespace, "get", "pods", "--output", "wide");
    const events = await kubectl.run("--namespace", namespace, "get", "events", "--sort-by=.lastTimestamp");
    return [pods.tail, events.tail, tailOf(places.log("kubelet"), 5)].join("\n");
}

/** Everything that a cluster remembers. */
export function wipe({ state }: Places): void {
    rmSync(state, { recursive: true, force: true });
}
