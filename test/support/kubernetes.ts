import { randomBytes } from "node:crypto";
import { type Cluster, Kubectl } from "../../tools/cluster";
import { clusterForTests, reasonToSkip } from "../../tools/cluster/for-tests";
import { NETWORK } from "../../tools/cluster/network";
import { byClusterDns, resolveClusterNames } from "./cluster-dns";
import { ServiceForwards } from "./cluster-forwards";
import { eventually } from "./processes";

/** A cluster that tests run on. */
export interface TestCluster {
    readonly cluster: Cluster;
    readonly kubectl: Kubectl;
    /** The settings of the `kubernetes` backend for this cluster, but for the namespace. Its volumes can grow. */
    readonly settings: ClusterSettings;
}

/** As `ClusterConfig` of the backend has them. */
export interface ClusterSettings {
    readonly kubeconfig: string;
    readonly storageClass: string;
    readonly images?: {
        readonly postgresql: Record<string, string>;
        readonly rabbitmq: Record<string, string>;
        readonly valkey: Record<string, string>;
        readonly pgbouncer: string;
    };
}

let found: Promise<TestCluster | { readonly reason: string }> | undefined;

/**
 * The cluster of this run of the tests, or why there is none. From then on this process reaches its services by their names, and the programs that
 * it starts find kubectl and reach the API server. KUBECONFIG stays as it was: what the backend is told must be enough.
 */
export function testCluster(): Promise<TestCluster | { readonly reason: string }> {
    found ??= find();
    return found;
}

/** A suite that needs a cluster: `describe`, or one that is skipped and whose title says why. */
export function describeOnCluster(title: string, tests: (this: Mocha.Suite) => void): void {
    const reason = reasonToSkip();
    if (reason === undefined) {
        describe(title, tests);
    } else {
        describe.skip(`${title} (skipped: ${reason})`, tests);
    }
}

/** For a `before` hook: the cluster, or the tests of the hook's suite are skipped, and their title says why. */
export async function clusterOrSkip(context: Mocha.Context): Promise<TestCluster> {
    const answer = await testCluster();
    if ("reason" in answer) {
        return skipSuite(context, answer.reason);
    }
    return answer;
}

/** Skips the suite of a `before` hook; its title says why. */
export function skipSuite(context: Mocha.Context, reason: string): never {
    const suite = context.test?.parent;
    if (suite) {
        suite.title += ` (skipped: ${reason})`;
    }
    return context.skip();
}

/** A namespace for one test. */
export async function newNamespace({ kubectl }: TestCluster, purpose: string): Promise<string> {
    const name = `test-${purpose}-${randomBytes(4).toString("hex")}`;
    await kubectl.must("create", "namespace", name);
    return name;
}

/** Removes a namespace with all that is in it, and doesn't wait for it. */
export async function removeNamespace({ kubectl }: TestCluster, name: string): Promise<void> {
    await kubectl.run("delete", "namespace", name, "--ignore-not-found", "--wait=false");
}

/**
 * Everything in a namespace, but for what Kubernetes puts into each, and the volumes that its claims had. Deleted objects get some time to go: owners
 * go before what they own.
 */
export async function leftoversOf(cluster: TestCluster, namespace: string, seconds = 60): Promise<string[]> {
    let rest: string[] = [];
    const isEmpty = async () => {
        rest = [...(await objectsIn(cluster, namespace)), ...(await volumesOf(cluster, namespace))];
        return rest.length === 0;
    };
    await eventually("an empty namespace", isEmpty, seconds).catch(() => undefined);
    return rest;
}

async function find(): Promise<TestCluster | { readonly reason: string }> {
    const answer = await clusterForTests();
    if ("reason" in answer) {
        return answer;
    }
    const { cluster } = answer;
    const kubectl = new Kubectl("kubectl", { ...process.env, ...cluster.env });
    const { KUBECONFIG, ...rest } = cluster.env;
    if (cluster.images) {
        const { postgresql, rabbitmq, valkey, pgbouncer } = cluster.images;
        const images = { postgresql, rabbitmq: { [majorOf(rabbitmq)]: rabbitmq }, valkey: { [majorOf(valkey)]: valkey }, pgbouncer };
        resolveClusterNames(byClusterDns(NETWORK.DNS_ADDRESS));
        Object.assign(process.env, rest);
        return { cluster, kubectl, settings: { kubeconfig: cluster.kubeconfig, storageClass: "local-path-expandable", images } };
    }
    const reason = ServiceForwards.unavailable();
    const storageClass = await classThatGrows(kubectl);
    if (reason !== undefined || storageClass === undefined) {
        return { reason: reason ?? "the cluster has no StorageClass with allowVolumeExpansion, and the tests let volumes grow" };
    }
    resolveClusterNames(new ServiceForwards(kubectl).find);
    return { cluster, kubectl, settings: { kubeconfig: cluster.kubeconfig, storageClass } };
}

async function classThatGrows(kubectl: Kubectl): Promise<string | undefined> {
    const isDefault = "storageclass.kubernetes.io/is-default-class";
    const list = JSON.parse(await kubectl.must("get", "storageclasses", "--output", "json")) as {
        items: { metadata: { name: string; annotations?: Record<string, string> }; allowVolumeExpansion?: boolean }[];
    };
    const growing = list.items.filter(({ allowVolumeExpansion }) => allowVolumeExpansion === true);
    return (growing.find(({ metadata }) => metadata.annotations?.[isDefault] === "true") ?? growing[0])?.metadata.name;
}

async function objectsIn({ kubectl }: TestCluster, namespace: string): Promise<string[]> {
    const types = (await kubectl.must("api-resources", "--namespaced", "--verbs=list,delete", "--output", "name")).split("\n");
    const kinds = types.filter((type) => !/^events(\.|$)/.test(type)).join(",");
    const names = await kubectl.must("--namespace", namespace, "get", kinds, "--ignore-not-found", "--output", "name");
    return names.split("\n").filter((name) => name !== "" && !["configmap/kube-root-ca.crt", "serviceaccount/default"].includes(name));
}

async function volumesOf({ kubectl }: TestCluster, namespace: string): Promise<string[]> {
    const fields = '{range .items[*]}{.spec.claimRef.namespace} {.metadata.name} {.spec.claimRef.name}{"\\n"}{end}';
    const volumes = await kubectl.must("get", "persistentvolumes", "--output", `jsonpath=${fields}`);
    return volumes
        .split("\n")
        .map((line) => line.split(" "))
        .filter(([owner]) => owner === namespace)
        .map(([, name, claim]) => `persistentvolume/${name} of claim ${claim}`);
}

function majorOf(image: string): string {
    return /:(\d+)/.exec(image)?.[1] ?? "";
}
