import { addressInCluster, postgresqlPort as port, readerOf } from "./addresses";
import type { Api, KubernetesObject } from "./api";
import type { ServerEngine } from "./engine";
import type { ServerAccess, ServerAddress, ServerInputs } from "./inputs";
import { claimsOf, isReady, type Pod, podsOf, troubleOf, type VolumeClaim } from "./pods";
import { beginAnew } from "./postgresql-bootstrap";
import { administrator } from "./postgresql-names";
import { poolerPending, settlePooler } from "./postgresql-pooler";
import { serversPending } from "./postgresql-settings";
import { parseCpu, parseMemory } from "./quantity";
import type { Pending } from "./waiting";

interface Volume {
    readonly size: string;
}

interface Resources {
    readonly cpu: string;
    readonly memory: string;
}

interface Cluster extends KubernetesObject {
    readonly spec: {
        readonly imageName: string;
        readonly storage: Volume;
        readonly walStorage?: Volume;
        readonly resources: { readonly requests: Resources };
        readonly affinity?: { readonly nodeSelector?: Readonly<Record<string, string>> };
    };
    readonly status?: {
        readonly phase?: string;
        readonly phaseReason?: string;
        readonly instances?: number;
        readonly readyInstances?: number;
        readonly currentPrimary?: string;
        readonly targetPrimary?: string;
        readonly image?: string;
        /** What the data directory was made or upgraded by. */
        readonly pgDataImageInfo?: { readonly majorVersion?: number };
    };
}

interface Database extends KubernetesObject {
    readonly status?: { readonly applied?: boolean; readonly message?: string };
}

interface ExternalService extends KubernetesObject {
    readonly spec: { readonly type: string; readonly ports: readonly { readonly nodePort?: number }[] };
    readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly object[] } };
}

/** PostgreSQL by CloudNativePG. */
export const postgresql: ServerEngine = {
    administrator,
    adminPort: port,

    selector: (name) => `cnpg.io/cluster=${name}`,

    certificateName: ({ name, namespace }) => `${name}-rw.${namespace}.svc`,

    async dataVersion(api, name, namespace) {
        const cluster = await api.get<Cluster>(path({ name, namespace }, "clusters"));
        return cluster?.status?.pgDataImageInfo?.majorVersion?.toString();
    },

    async primaryPod(api, server) {
        const cluster = await api.get<Cluster>(path(server, "clusters"));
        const primary = cluster?.status?.currentPrimary;
        const pods = primary === undefined ? [] : await podsOf(api, server.namespace, `${postgresql.selector(server.name)},cnpg.io/instanceName=${primary}`);
        return pods.find(isReady)?.metadata.name;
    },

    async pending(api, inputs) {
        const [cluster, pods] = await Promise.all([
            api.get<Cluster>(path(inputs, "clusters")),
            podsOf(api, inputs.namespace, postgresql.selector(inputs.name)),
        ]);
        if (cluster === undefined) {
            const reason = `there is no Cluster "${inputs.name}" in the namespace "${inputs.namespace}": somebody deleted it, and its volumes with it. Run "pulumi refresh".`;
            return { reason, hopeless: true };
        }
        const servers = pods.filter(({ metadata }) => metadata.labels?.["cnpg.io/podRole"] === "instance");
        const pending =
            phasePending(cluster, inputs) ??
            podsPending(cluster, servers, inputs) ??
            (await volumesPending(api, cluster, inputs)) ??
            (await databasePending(api, inputs)) ??
            (await poolerPending(api, inputs)) ??
            (await externalPending(api, inputs));
        // What keeps a pod from running says more than that it doesn't.
        return pending === undefined ? serversPending(api, inputs, servers) : (troubleOf(pods) ?? jobTrouble(inputs, cluster, pods) ?? pending);
    },

    unblock: (api, inputs) => beginAnew(api, inputs, postgresql.selector(inputs.name)),

    settle: settlePooler,

    /**
     * The operator lifts the finalizer of a Database when its Cluster goes, and gives up where the servers write to the object at the same moment (1.28):
     * then it would never go. It is retained in any case, so nothing is lost by lifting it here.
     */
    async release(api, server) {
        const object = path(server, "databases", `${server.name}-database`);
        const database = await api.get<Database>(object);
        if (database !== undefined) {
            await api.delete(object, database.metadata.uid ?? "");
            await api.liftFinalizers(object);
        }
    },

    async address(api, inputs): Promise<ServerAddress> {
        const { name, namespace, instances, externalHost } = inputs;
        if (externalHost === undefined) {
            return addressInCluster("database", inputs);
        }
        const { spec } = (await externalOf(api, inputs)) ?? {};
        const nodePort = spec?.type === "NodePort" ? spec.ports[0]?.nodePort : undefined;
        return { host: externalHost, port: nodePort ?? port, ...readerOf(name, namespace, instances) };
    },
};

/** What the operator says of itself. It may not have seen the last change yet, so this alone means nothing. */
function phasePending({ status = {} }: Cluster, { instances, image }: ServerInputs): Pending | undefined {
    const { phase, phaseReason, readyInstances = 0, currentPrimary, targetPrimary } = status;
    if (phase !== "Cluster in healthy state") {
        const reason = phaseReason === undefined || phaseReason === "" ? "" : `: ${phaseReason}`;
        return { reason: `CloudNativePG says: ${phase ?? "nothing yet"}${reason}`, hopeless: hopelessPhases.some((one) => phase?.startsWith(one)) };
    }
    if (status.instances !== instances || readyInstances !== instances) {
        return { reason: `${readyInstances} of ${instances} servers are ready` };
    }
    if (currentPrimary !== targetPrimary) {
        return { reason: `${targetPrimary} is taking over from ${currentPrimary}` };
    }
    return status.image === image ? undefined : { reason: `the servers have the image ${status.image} and are to get ${image}` };
}

/** Phases that a person must end. */
const hopelessPhases = [
    ...["Waiting for user action", "Cluster is unrecoverable", "Cluster has incomplete or invalid image catalog"],
    ...["Cluster cannot proceed to reconciliation", "Cluster cannot execute instance online upgrade", "Unable to create required cluster objects"],
];

function podsPending({ spec }: Cluster, servers: readonly Pod[], { instances, image }: ServerInputs): Pending | undefined {
    if (servers.length !== instances) {
        return { reason: `${servers.length} of ${instances} servers are there` };
    }
    const late = servers.find((pod) => {
        const container = pod.spec.containers.find(({ name }) => name === "postgres");
        return (
            !isReady(pod) ||
            container?.image !== image ||
            !sameResources((container.resources as Cluster["spec"]["resources"] | undefined)?.requests, spec.resources.requests) ||
            Object.entries(spec.affinity?.nodeSelector ?? {}).some(
                ([label, value]) => (pod.spec as { nodeSelector?: Record<string, string> }).nodeSelector?.[label] !== value,
            )
        );
    });
    return late === undefined ? undefined : { reason: `the pod ${late.metadata.name} isn't as asked for yet` };
}

function sameResources(has: Resources | undefined, wanted: Resources): boolean {
    return has !== undefined && parseCpu(has.cpu) === parseCpu(wanted.cpu) && parseMemory(has.memory) === parseMemory(wanted.memory);
}

async function volumesPending(api: Api, { spec }: Cluster, { namespace, name, instances }: ServerInputs): Promise<Pending | undefined> {
    const claims = await claimsOf(api, namespace, postgresql.selector(name));
    const wanted = [
        { role: "PG_DATA", what: "data", size: spec.storage.size },
        ...(spec.walStorage === undefined ? [] : [{ role: "PG_WAL", what: "the write-ahead log", size: spec.walStorage.size }]),
    ];
    for (const { role, what, size } of wanted) {
        const grown = claims.filter((claim) => claim.metadata.labels?.["cnpg.io/pvcRole"] === role && capacityOf(claim) >= parseMemory(size));
        if (grown.length < instances) {
            return { reason: `${grown.length} of ${instances} volumes for ${what} have ${size}` };
        }
    }
    return undefined;
}

function capacityOf({ status }: VolumeClaim): number {
    return parseMemory(status?.capacity?.storage ?? "0");
}

/** The operator comes to it within half a minute, and finds the database made: only what it can't do is worth waiting for. */
async function databasePending(api: Api, inputs: ServerInputs): Promise<Pending | undefined> {
    const database = await api.get<Database>(path(inputs, "databases", `${inputs.name}-database`));
    const { applied, message = "" } = database?.status ?? {};
    // The role that owns a database of another name is made once the server is there; the operator tries again by itself.
    return applied !== false || /role .* does not exist/.test(message) ? undefined : { reason: `CloudNativePG can't make the database: ${message}` };
}

async function externalPending(api: Api, inputs: ServerInputs): Promise<Pending | undefined> {
    const service = inputs.externalHost === undefined ? undefined : await externalOf(api, inputs);
    return service?.spec.type === "LoadBalancer" && (service.status?.loadBalancer?.ingress ?? []).length === 0
        ? { reason: `the Service ${service.metadata.name} has no address of a load balancer yet` }
        : undefined;
}

/** The pods that make a data directory or a replica, or upgrade one, end when they fail, and others follow. */
function jobTrouble({ namespace }: ServerInputs, { status }: Cluster, pods: readonly Pod[]): Pending | undefined {
    const failed = pods.filter((pod) => pod.metadata.labels?.["cnpg.io/jobRole"] !== undefined && pod.status?.phase === "Failed");
    const last = failed.at(-1)?.metadata;
    if (last === undefined) {
        return undefined;
    }
    const look = `kubectl logs -n ${namespace} ${last.name}`;
    if (last.labels?.["cnpg.io/jobRole"] === "major-upgrade") {
        const version = status?.pgDataImageInfo?.majorVersion;
        return { reason: `the upgrade fails and left the data as they were: ${look}. Set version: "${version}" to go back.`, hopeless: true };
    }
    return { reason: `the pod ${last.name}, which makes a server ready, failed: ${look}`, hopeless: failed.length >= 3 };
}

function path({ namespace, name }: Pick<ServerAccess, "namespace" | "name">, resources: string, object = name): string {
    return `/apis/postgresql.cnpg.io/v1/namespaces/${namespace}/${resources}/${object}`;
}

function externalOf(api: Api, { name, namespace }: ServerInputs): Promise<ExternalService | undefined> {
    return api.get<ExternalService>(`/api/v1/namespaces/${namespace}/services/${name}-external`);
}
