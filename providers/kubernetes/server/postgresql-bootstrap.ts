import { type Api, ApiError, type KubernetesObject } from "./api";
import type { ServerInputs } from "./inputs";
import { claimsOf, podsOf, type VolumeClaim } from "./pods";
import type { Pending } from "./waiting";

interface Cluster extends KubernetesObject {
    readonly status?: { readonly latestGeneratedNode?: number; readonly currentPrimary?: string };
}

/** The operator takes a moment between the claim and the job that fills it; longer than this it doesn't go on. */
const patienceMilliseconds = 20_000;
/** What keeps happening has another cause, which the operator then tells. */
const mostBeginnings = 3;

interface Standstill {
    since: number;
    beginnings: number;
}

const standstills = new Map<string, Standstill>();

/**
 * Lets CloudNativePG begin anew with a database that it has only begun to make. Interrupted between counting its first server, claiming the volume and
 * starting the job that fills it (the API server went away, a quota said no), it never goes on: 1.28 waits for the volume forever, or calls the Cluster
 * unrecoverable. Nothing can be lost: there never was a primary, and by the operator's own word no volume holds a data directory yet.
 *
 * @returns what was done, to wait on; undefined where the operator isn't stuck in this way
 */
export async function beginAnew(api: Api, { namespace, name, service }: ServerInputs, selector: string): Promise<Pending | undefined> {
    const path = `/apis/postgresql.cnpg.io/v1/namespaces/${namespace}/clusters/${name}`;
    const cluster = await api.get<Cluster>(path);
    const { latestGeneratedNode = 0, currentPrimary = "" } = cluster?.status ?? {};
    const key = cluster?.metadata.uid ?? "";
    const known = standstills.get(key) ?? { since: Date.now(), beginnings: 0 };
    standstills.set(key, known);
    const claims = await claimsOf(api, namespace, selector);
    if (latestGeneratedNode === 0 || currentPrimary !== "" || claims.some(isInUse) || (await isAtWork(api, namespace, selector))) {
        known.since = Date.now();
        return undefined;
    }
    if (known.beginnings >= mostBeginnings || Date.now() - known.since < patienceMilliseconds) {
        return undefined;
    }
    known.since = Date.now();
    known.beginnings += 1;
    for (const { metadata } of claims) {
        await api.delete(`/api/v1/namespaces/${namespace}/persistentvolumeclaims/${metadata.name}`, metadata.uid ?? "");
    }
    await api.patch(`${path}/status`, { status: { latestGeneratedNode: 0 } });
    const reason = "CloudNativePG was interrupted before it had made anything, and begins anew";
    console.info(`the database "${service}": ${reason}`);
    return { reason };
}

/** The operator's own word on a volume's data directory. */
function isInUse({ metadata }: VolumeClaim): boolean {
    return metadata.annotations?.["cnpg.io/pvcStatus"] !== "initializing";
}

/** Whether a pod or a job works on the database, or the kubeconfig's user may not know. */
async function isAtWork(api: Api, namespace: string, selector: string): Promise<boolean> {
    const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs?labelSelector=${encodeURIComponent(selector)}`;
    try {
        return (await podsOf(api, namespace, selector)).length > 0 || (await api.list(jobs)).length > 0;
    } catch (error) {
        if (error instanceof ApiError && error.status === 403) {
            return true;
        }
        throw error;
    }
}
