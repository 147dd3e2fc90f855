import type { Api, KubernetesObject } from "./api";
import type { Pending, ServerAddress, ServerEngine } from "./engine";
import { type Condition, claimsOf, isReady, podsOf, troubleOf, type VolumeClaim } from "./pods";
import { parseMemory } from "./quantity";
import type { ServerInputs } from "./server-provider";

/** The user that RabbitMQ makes at its first start. */
export const administrator = "data-services";

/** The ports of a pod; `clients` are those that other pods may connect to. */
export const ports = { amqp: 5671, management: 15671, clients: [5671, 15671, 15691] } as const;

interface RabbitmqCluster extends KubernetesObject {
    readonly spec: { readonly image?: string; readonly replicas?: number };
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

    selector: (name) => `app.kubernetes.io/name=${name}`,

    certificateName: ({ name, namespace }) => `${name}.${namespace}.svc`,

    // Every node knows all users and vhosts.
    async primaryPod(api, { name, namespace }) {
        return (await podsOf(api, namespace, rabbitmq.selector(name))).find(isReady)?.metadata.name;
    },

    async pending(api, inputs) {
        const { name, namespace, externalHost } = inputs;
        const path = `/apis/rabbitmq.com/v1beta1/namespaces/${namespace}/rabbitmqclusters/${name}`;
        const [cluster, statefulSet, pods, claims] = await Promise.all([
            api.get<RabbitmqCluster>(path),
            api.get<StatefulSet>(`/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}-server`),
            podsOf(api, namespace, rabbitmq.selector(name)),
            claimsOf(api, namespace, rabbitmq.selector(name)),
        ]);
        const trouble = clusterTrouble(cluster) ?? rolloutTrouble(inputs, statefulSet) ?? claimTrouble(inputs, claims);
        if (trouble !== undefined) {
            // What keeps a pod from running says more than that it doesn't.
            return troubleOf(pods) ?? trouble;
        }
        const wrong = pods.find((pod) => !isReady(pod) || pod.spec.containers.some((one) => one.name === "rabbitmq" && one.image !== inputs.image));
        if (wrong !== undefined) {
            return { reason: `the pod ${wrong.metadata.name} isn't as asked for yet` };
        }
        return externalHost === undefined ? undefined : externalTrouble(await externalOf(api, inputs));
    },

    async address(api, inputs): Promise<ServerAddress> {
        const { name, namespace, externalHost } = inputs;
        if (externalHost === undefined) {
            const host = `${name}.${namespace}.svc`;
            return { host, port: ports.amqp, managementUri: `https://${host}:${ports.management}` };
        }
        const external = await externalOf(api, inputs);
        const portOf = (port: number) => {
            const found = external?.spec.ports.find((one) => one.port === port);
            return (external?.spec.type === "NodePort" ? found?.nodePort : undefined) ?? port;
        };
        return { host: externalHost, port: portOf(ports.amqp), managementUri: `https://${externalHost}:${portOf(ports.management)}` };
    },
};

function clusterTrouble(cluster: RabbitmqCluster | undefined): Pending | undefined {
    if (cluster === undefined) {
        return { reason: "there is no RabbitmqCluster yet" };
    }
    const failed = condition(cluster, "ReconcileSuccess");
    if (failed?.status === "False") {
        return { reason: `the RabbitMQ cluster operator says: ${failed.message ?? failed.reason}` };
    }
    if (cluster.status?.observedGeneration !== cluster.metadata.generation) {
        return { reason: "the RabbitMQ cluster operator is still at it" };
    }
    const missing = ["AllReplicasReady", "ClusterAvailable", "ReconcileSuccess"].find((type) => condition(cluster, type)?.status !== "True");
    return missing === undefined ? undefined : { reason: condition(cluster, missing)?.message || `the RabbitmqCluster is not ${missing}` };
}

/** The operator calls an update done as soon as it wrote it down; that the pods follow is for their controller to say. */
function rolloutTrouble({ instances }: ServerInputs, statefulSet: StatefulSet | undefined): Pending | undefined {
    if (statefulSet?.status === undefined || statefulSet.status.observedGeneration !== statefulSet.metadata.generation) {
        return { reason: "the pods' controller hasn't seen the change yet" };
    }
    const { readyReplicas = 0, updatedReplicas = 0, currentRevision, updateRevision } = statefulSet.status;
    if (statefulSet.spec.replicas !== instances || readyReplicas !== instances) {
        return { reason: `${readyReplicas} of ${instances} servers are ready` };
    }
    if (currentRevision !== updateRevision) {
        return { reason: `${updatedReplicas} of ${instances} servers are up to date` };
    }
    return undefined;
}

function claimTrouble({ storageGb, instances }: ServerInputs, claims: readonly VolumeClaim[]): Pending | undefined {
    const grown = claims.filter(({ status }) => parseMemory(status?.capacity?.storage ?? "0") >= storageGb * 2 ** 30);
    return grown.length >= instances ? undefined : { reason: `${grown.length} of ${instances} volumes have ${storageGb} GiB` };
}

function externalTrouble(service: ExternalService | undefined): Pending | undefined {
    if (service?.spec.type === "LoadBalancer" && (service.status?.loadBalancer?.ingress ?? []).length === 0) {
        return { reason: `the Service ${service.metadata.name} has no address of a load balancer yet` };
    }
    return undefined;
}

function externalOf(api: Api, { name, namespace }: ServerInputs): Promise<ExternalService | undefined> {
    return api.get<ExternalService>(`/api/v1/namespaces/${namespace}/services/${name}-external`);
}

function condition({ status }: RabbitmqCluster, type: string): Condition | undefined {
    return status?.conditions?.find((one) => one.type === type);
}
