import { connect } from "node:tls";
import { administrator, ports } from "../queue/names";
import { addressInCluster } from "./addresses";
import type { Api, KubernetesObject } from "./api";
import type { ServerEngine } from "./engine";
import { type ServerAddress, type ServerInputs, subject } from "./inputs";
import { type Condition, claimsOf, isReady, type Pod, podsOf, troubleOf, type VolumeClaim } from "./pods";
import { parseMemory } from "./quantity";
import type { Pending } from "./waiting";

interface RabbitmqCluster extends KubernetesObject {
    readonly status?: { readonly observedGeneration?: number; readonly conditions?: readonly Condition[] };
}

interface StatefulSet extends KubernetesObject {
    readonly spec: { readonly replicas?: number; readonly template: { readonly metadata?: { readonly annotations?: Readonly<Record<string, string>> } } };
    readonly status?: {
        readonly observedGeneration?: number;
        readonly readyReplicas?: number;
        readonly updatedReplicas?: number;
        readonly currentRevision?: string;
        readonly updateRevision?: string;
    };
}

interface ExternalService extends KubernetesObject {
    readonly spec: { readonly type: string; readonly ports: readonly { readonly port: number; readonly nodePort?: number }[] };
    readonly status?: { readonly loadBalancer?: { readonly ingress?: readonly object[] } };
}

/** RabbitMQ by its cluster operator. */
export const rabbitmq: ServerEngine = {
    administrator,
    adminPort: ports.management,

    certificateNames: (name, namespace) => {
        const host = `${name}.${namespace}`;
        const nodes = `*.${name}-nodes.${namespace}`;
        return [`${host}.svc`, `${host}.svc.cluster.local`, host, name, nodes, `${nodes}.svc`, `${nodes}.svc.cluster.local`];
    },

    async refusals(api, name, news) {
        const has = (await statefulSetOf(api, news.namespace, name))?.spec.replicas ?? 0;
        const { instances } = news.demands;
        if (instances >= has) {
            return [];
        }
        return [
            {
                property: "highAvailability",
                reason:
                    `${subject(news)}: has ${has} servers and can't go back to ${instances}: RabbitMQ's operator never takes a server away, for its queues would go with it. ` +
                    'Set highAvailability: true, which durability: "critical" implies; or make a second queue under another name, and move to it.',
            },
        ];
    },

    selector: (name) => `app.kubernetes.io/name=${name}`,

    certificateName: ({ name, namespace }) => `${name}.${namespace}.svc`,

    // Every node knows all users and vhosts.
    async primaryPod(api, { name, namespace }) {
        return (await podsOf(api, namespace, rabbitmq.selector(name))).find(isReady)?.metadata.name;
    },

    async pending(api, inputs) {
        const { name, namespace, externalHost } = inputs;
        const selector = rabbitmq.selector(name);
        // Before the rest: what it says is done must be seen in the rest.
        const cluster = await api.get<RabbitmqCluster>(`/apis/rabbitmq.com/v1beta1/namespaces/${namespace}/rabbitmqclusters/${name}`);
        const [configuration, statefulSet, pods, claims] = await Promise.all([
            api.get<KubernetesObject>(`/api/v1/namespaces/${namespace}/configmaps/${name}-server-conf`),
            statefulSetOf(api, namespace, name),
            podsOf(api, namespace, selector),
            claimsOf(api, namespace, selector),
        ]);
        const rollout = rolloutTrouble(inputs, statefulSet, pods);
        if (rollout !== undefined) {
            // Pods of an older revision are about to be replaced, whatever they suffer from.
            const current = pods.filter(({ metadata }) => metadata.labels?.["controller-revision-hash"] === statefulSet?.status?.updateRevision);
            return refused(cluster) ?? (await refusedConfiguration(api, namespace, current)) ?? troubleOf(current) ?? rollout;
        }
        const trouble = refused(cluster) ?? claimTrouble(inputs, claims) ?? clusterTrouble(cluster) ?? restartTrouble(configuration, statefulSet);
        return trouble ?? (externalHost === undefined ? undefined : externalTrouble(api, inputs, externalHost, pods));
    },

    async address(api, inputs): Promise<ServerAddress> {
        const { externalHost } = inputs;
        if (externalHost === undefined) {
            return addressInCluster("queue", inputs);
        }
        const external = await externalOf(api, inputs);
        const portOf = (port: number) => {
            const found = external?.spec.ports.find((one) => one.port === port);
            return (external?.spec.type === "NodePort" ? found?.nodePort : undefined) ?? port;
        };
        return { host: externalHost, port: portOf(ports.amqp), managementUri: `https://${externalHost}:${portOf(ports.management)}` };
    },
};

/** What the operator can't do, in its own words. */
function refused(cluster: RabbitmqCluster | undefined): Pending | undefined {
    const { status, reason, message } = conditionOf(cluster, "ReconcileSuccess") ?? {};
    if (status !== "False") {
        return undefined;
    }
    return {
        reason: `the RabbitMQ cluster operator says: ${message ?? reason}`,
        hopeless: ["UnsupportedOperation", "FailedReconcilePVC"].includes(reason ?? ""),
    };
}

/** RabbitMQ's own words about settings that it doesn't know, or a value that it can't read. It gets no further, however often it is started. */
async function refusedConfiguration(api: Api, namespace: string, pods: readonly Pod[]): Promise<Pending | undefined> {
    for (const { metadata, status } of pods) {
        const container = status?.containerStatuses?.find(({ name }) => name === "rabbitmq");
        if (container?.lastState?.terminated ?? container?.state?.terminated) {
            const log = await api.log(namespace, metadata.name, "rabbitmq", container?.state?.running !== undefined);
            const complaints = log?.includes("failed_to_prepare_configuration") ? [...log.matchAll(/ \[error\] \S+ +- (.*)$/gm)].map(([, line]) => line) : [];
            if (complaints.length > 0) {
                return {
                    reason: `RabbitMQ refuses its settings: ${[...new Set(complaints)].join("; ")}. Correct them in settings and run "pulumi up" again`,
                    hopeless: true,
                };
            }
        }
    }
    return undefined;
}

/** The operator sets its conditions late: they can still be those of an older generation. */
function clusterTrouble(cluster: RabbitmqCluster | undefined): Pending | undefined {
    if (cluster?.status?.observedGeneration !== cluster?.metadata.generation) {
        return { reason: "the RabbitMQ cluster operator is still at it" };
    }
    const missing = ["AllReplicasReady", "ClusterAvailable", "ReconcileSuccess"].find((type) => conditionOf(cluster, type)?.status !== "True");
    return missing === undefined ? undefined : { reason: conditionOf(cluster, missing)?.message || `the RabbitmqCluster is not ${missing} yet` };
}

/** The operator calls an update done as soon as it wrote it down; that the pods follow is for their controller to say. */
function rolloutTrouble({ instances, image }: ServerInputs, statefulSet: StatefulSet | undefined, pods: readonly Pod[]): Pending | undefined {
    if (statefulSet?.status === undefined || statefulSet.status.observedGeneration !== statefulSet.metadata.generation) {
        return { reason: "the RabbitMQ cluster operator or the pods' controller is still at it" };
    }
    const { readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = statefulSet.status;
    if (currentRevision !== updateRevision && updatedReplicas < instances) {
        return { reason: `${updatedReplicas} of ${instances} servers are up to date` };
    }
    if (statefulSet.spec.replicas !== instances || readyReplicas !== instances || currentRevision !== updateRevision) {
        return { reason: `${Math.min(readyReplicas, instances)} of ${instances} servers are ready` };
    }
    const wrong = pods.find((pod) => !isReady(pod) || pod.spec.containers.some((one) => one.name === "rabbitmq" && one.image !== image));
    return wrong === undefined ? undefined : { reason: `the pod ${wrong.metadata.name} isn't as asked for yet` };
}

/**
 * The operator can miss its own change of the configuration at first, and call everything done: it restarts the servers when it sees it. It does so
 * again unless the restart is later by a second at least.
 */
function restartTrouble(configuration: KubernetesObject | undefined, statefulSet: StatefulSet | undefined): Pending | undefined {
    const changed = configuration?.metadata.annotations?.["rabbitmq.com/serverConfUpdatedAt"];
    const restarted = statefulSet?.spec.template.metadata?.annotations?.["rabbitmq.com/lastRestartAt"] ?? "";
    return changed === undefined || restarted > changed ? undefined : { reason: "the servers are to be restarted with their new settings" };
}

function claimTrouble({ storageGb, instances }: ServerInputs, claims: readonly VolumeClaim[]): Pending | undefined {
    const grown = claims.filter(({ status }) => parseMemory(status?.capacity?.storage ?? "0") >= storageGb * 2 ** 30);
    return grown.length >= instances ? undefined : { reason: `${grown.length} of ${instances} volumes have ${storageGb} GiB` };
}

async function externalTrouble(api: Api, inputs: ServerInputs, host: string, pods: readonly Pod[]): Promise<Pending | undefined> {
    const service = await externalOf(api, inputs);
    if (service?.spec.type === "LoadBalancer" && (service.status?.loadBalancer?.ingress ?? []).length === 0) {
        return { reason: `the Service ${service.metadata.name} has no address of a load balancer yet` };
    }
    for (const { metadata } of pods) {
        const error = await api.withForward(inputs.namespace, metadata.name, ports.amqp, (port) => handshake(port, host, inputs.certificates));
        if (error?.code === "ERR_TLS_CERT_ALTNAME_INVALID") {
            // The kubelet brings a changed Secret to the pod within a minute or two, and RabbitMQ reads it anew now and then.
            return { reason: `the pod ${metadata.name} doesn't know its new certificate for ${host} yet` };
        }
    }
    return undefined;
}

/** The error of a TLS handshake, if any. */
function handshake(port: number, servername: string, certificates: string): Promise<NodeJS.ErrnoException | undefined> {
    return new Promise((resolve) => {
        const socket = connect({ host: "127.0.0.1", port, servername, ca: certificates });
        socket.setTimeout(10_000, () => socket.destroy());
        socket.once("error", resolve);
        socket.once("close", () => resolve(undefined));
        socket.once("secureConnect", () => socket.destroy());
    });
}

function externalOf(api: Api, { name, namespace }: ServerInputs): Promise<ExternalService | undefined> {
    return api.get<ExternalService>(`/api/v1/namespaces/${namespace}/services/${name}-external`);
}

function statefulSetOf(api: Api, namespace: string, name: string): Promise<StatefulSet | undefined> {
    return api.get<StatefulSet>(`/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}-server`);
}

function conditionOf(cluster: RabbitmqCluster | undefined, type: string): Condition | undefined {
    return cluster?.status?.conditions?.find((one) => one.type === type);
}
