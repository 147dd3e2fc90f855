import { certificateProblem } from "../../protocols/postgresql-tls";
import { postgresqlPort as port } from "./addresses";
import type { Api, KubernetesObject } from "./api";
import type { ServerInputs } from "./inputs";
import { type Pod, podsOf } from "./pods";
import { type Pending, waitFor } from "./waiting";

interface Pooler extends KubernetesObject {
    readonly spec: { readonly instances?: number; readonly template?: { readonly spec?: { readonly containers?: readonly { readonly image?: string }[] } } };
}

interface Deployment extends KubernetesObject {
    readonly spec: { readonly replicas?: number; readonly template: { readonly spec: Pod["spec"] } };
    readonly status?: { readonly observedGeneration?: number; readonly updatedReplicas?: number; readonly readyReplicas?: number; readonly replicas?: number };
}

/** Whether PgBouncer's pods are as asked for. */
export async function poolerPending(api: Api, inputs: ServerInputs): Promise<Pending | undefined> {
    if (inputs.front === undefined) {
        return undefined;
    }
    const [pooler, deployment] = await Promise.all([
        api.get<Pooler>(poolerPath(inputs)),
        api.get<Deployment>(`/apis/apps/v1/namespaces/${inputs.namespace}/deployments/${poolerName(inputs)}`),
    ]);
    const instances = pooler?.spec.instances ?? 1;
    const image = pooler?.spec.template?.spec?.containers?.[0]?.image;
    const { observedGeneration, updatedReplicas = 0, readyReplicas = 0, replicas } = deployment?.status ?? {};
    const isUpToDate =
        deployment !== undefined &&
        observedGeneration === deployment.metadata.generation &&
        deployment.spec.replicas === instances &&
        (image === undefined || deployment.spec.template.spec.containers.some((container) => container.image === image));
    return isUpToDate && updatedReplicas === instances && readyReplicas === instances && replicas === instances
        ? undefined
        : { reason: `${isUpToDate ? Math.min(updatedReplicas, readyReplicas) : 0} of ${instances} PgBouncers are ready` };
}

/**
 * Sees to it that PgBouncer shows a certificate with the name that clients connect to. It shows the servers' own, and when they get another the
 * operator only looks at PgBouncer again hours later, or when the Pooler changes.
 */
export async function settlePooler(api: Api, inputs: ServerInputs): Promise<void> {
    const { namespace, front, externalHost } = inputs;
    if (front === undefined) {
        return;
    }
    const servername = externalHost ?? `${poolerName(inputs)}.${namespace}.svc`;
    await waitFor({ subject: `the database "${inputs.service}"`, minutes: 5 }, async () => {
        const wrong = await podWithoutCertificate(api, inputs, servername);
        if (wrong === undefined) {
            return undefined;
        }
        await api.patch(poolerPath(inputs), { metadata: { annotations: { "pulumi-data-services/look-again": new Date().toISOString() } } });
        return { reason: `PgBouncer ${wrong} has no certificate for ${servername} yet` };
    });
}

async function podWithoutCertificate(api: Api, { certificates, ...inputs }: ServerInputs, servername: string): Promise<string | undefined> {
    for (const { metadata } of await podsOf(api, inputs.namespace, `cnpg.io/poolerName=${poolerName(inputs)}`)) {
        const problem = await api.withForward(inputs.namespace, metadata.name, port, (local) =>
            certificateProblem({ host: "127.0.0.1", port: local, servername, certificates }),
        );
        if (problem !== undefined) {
            return metadata.name;
        }
    }
    return undefined;
}

function poolerName({ name, front }: Pick<ServerInputs, "name" | "front">): string {
    return `${name}-${front}`;
}

function poolerPath(inputs: ServerInputs): string {
    return `/apis/postgresql.cnpg.io/v1/namespaces/${inputs.namespace}/poolers/${poolerName(inputs)}`;
}
