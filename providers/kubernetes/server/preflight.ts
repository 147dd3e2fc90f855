import type { dynamic } from "@pulumi/pulumi";
import type { Connection } from "../placement";
import { Api, ApiError, ConnectionError, type KubernetesObject } from "./api";
import { engineOf } from "./engines";
import { type Demands, type InstanceInputs, subject } from "./inputs";
import { claimsOf } from "./pods";
import { parseCpu, parseMemory } from "./quantity";

interface Node extends KubernetesObject {
    readonly spec: { readonly unschedulable?: boolean };
    readonly status: { readonly allocatable: { readonly cpu: string; readonly memory: string } };
}

interface StorageClass extends KubernetesObject {
    readonly allowVolumeExpansion?: boolean;
}

type Failures = dynamic.CheckFailure[];

/** What is the same for all services of a cluster, read once in a process. */
const known = new Map<string, Promise<unknown>>();

/** A random text that a cluster keeps for life. @throws ConnectionError | ApiError */
export async function clusterId(connection: Connection): Promise<string> {
    const namespace = await once(connection, "cluster", (api) => api.get<KubernetesObject>("/api/v1/namespaces/kube-system"));
    return namespace?.metadata.uid ?? "";
}

/** All reasons for which a service can't be made or changed in a cluster as it is. Only reads. */
export async function preflight(news: InstanceInputs, olds: Partial<InstanceInputs>): Promise<Failures> {
    try {
        await Api.open(news.connection);
        const checks = [namespaceFailures(news), definitionFailures(news), storageFailures(news, olds), nodeFailures(news)];
        return (await Promise.all(checks)).flat();
    } catch (error) {
        if (error instanceof ConnectionError) {
            return [{ property: error.property, reason: `${subject(news)}: ${error.message}` }];
        }
        if (error instanceof ApiError) {
            const hint =
                error.status === 401 || error.status === 403 ? ' Log in anew, or name another context; "kubectl auth whoami" says who you are there.' : "";
            return [{ property: "context", reason: `${subject(news)}: ${error.message}.${hint}` }];
        }
        throw error;
    }
}

async function namespaceFailures(news: InstanceInputs): Promise<Failures> {
    const { namespace } = news;
    if (await readable(news.connection, `/api/v1/namespaces/${namespace}`)) {
        return [];
    }
    return [
        {
            property: "namespace",
            reason: `${subject(news)}: the cluster has no namespace "${namespace}". Make it (kubectl create namespace ${namespace}), or name another in the environment.`,
        },
    ];
}

async function definitionFailures(news: InstanceInputs): Promise<Failures> {
    const failures = await Promise.all(
        news.demands.definitions.map(async ({ group, version, kind, install }) => {
            const { connection } = news;
            const found = await once(connection, `${group}/${version}`, (api) => api.get<{ resources: { kind: string }[] }>(`/apis/${group}/${version}`));
            return found?.resources.some((resource) => resource.kind === kind) ? [] : [{ property: "environment", reason: `${subject(news)}: ${install}` }];
        }),
    );
    return failures.flat();
}

async function storageFailures(news: InstanceInputs, olds: Partial<InstanceInputs>): Promise<Failures> {
    const { storageClass, storageGb } = news.demands;
    const classes = await once(news.connection, "storage", (api) => allowed(api.list<StorageClass>("/apis/storage.k8s.io/v1/storageclasses")));
    // A user who may not look at them may still use them.
    if (classes === undefined) {
        return [];
    }
    const names = classes.map(({ metadata }) => metadata.name).join(", ") || "none";
    const named = classes.find((one) => (storageClass === undefined ? isDefault(one) : one.metadata.name === storageClass));
    if (!named) {
        const lacking = storageClass === undefined ? "has no default StorageClass" : `has no StorageClass "${storageClass}"`;
        return [
            { property: "storageClass", reason: `${subject(news)}: the cluster ${lacking}. Name one of these as storageClass in the environment: ${names}.` },
        ];
    }
    const before = olds.demands?.storageGb;
    const fixed = before !== undefined && storageGb > before ? await classThatCannotGrow(news, olds, classes, named) : undefined;
    if (fixed !== undefined) {
        return [
            {
                property: "storageGb",
                reason:
                    `${subject(news)}: its ${before} GiB can't grow to ${storageGb}: the StorageClass "${fixed.metadata.name}" doesn't allow it. ` +
                    `Set storageGb: ${before}; or, where the storage can do it, set allowVolumeExpansion: true on the class.`,
            },
        ];
    }
    return [];
}

/** A living service keeps the class that its volumes were made with, whatever the environment names now. */
async function classThatCannotGrow(
    { kind, connection, namespace }: InstanceInputs,
    { name }: Partial<InstanceInputs>,
    classes: readonly StorageClass[],
    named: StorageClass,
): Promise<StorageClass | undefined> {
    const claims = name === undefined ? [] : await claimsOf(await Api.open(connection), namespace, engineOf(kind).selector(name));
    const own = claims.map(({ spec }) => classes.find(({ metadata }) => metadata.name === spec.storageClassName) ?? named);
    return (own.length > 0 ? own : [named]).find(({ allowVolumeExpansion }) => allowVolumeExpansion !== true);
}

async function nodeFailures(news: InstanceInputs): Promise<Failures> {
    const { cpu, memoryGb, instances, spread, nodeSelector, autoscaling } = news.demands;
    const nodes = autoscaling ? undefined : await once(news.connection, "nodes", (api) => allowed(api.list<Node>("/api/v1/nodes")));
    if (nodes === undefined) {
        return [];
    }
    const fitting = nodes.filter(
        ({ metadata, spec }) => !spec.unschedulable && Object.entries(nodeSelector).every(([label, value]) => metadata.labels?.[label] === value),
    );
    if (fitting.length === 0) {
        return [{ property: "nodeSelector", reason: `${subject(news)}: no node of the cluster has all the labels of nodeSelector and takes pods.` }];
    }
    const failures: Failures = [];
    const largest = { cpu: Math.max(...fitting.map(({ status }) => parseCpu(status.allocatable.cpu))), memory: Math.max(...fitting.map(memoryOf)) };
    const hint = "If the cluster adds nodes by itself, set autoscaling: true in the environment.";
    if (cpu > largest.cpu) {
        failures.push({
            property: "cpu",
            reason: `${subject(news)}: asks for ${cpu} cores, and the largest node has ${round(largest.cpu)}. Choose a smaller size or cpu. ${hint}`,
        });
    }
    if (memoryGb > largest.memory) {
        failures.push({
            property: "memoryGb",
            reason: `${subject(news)}: asks for ${memoryGb} GiB of memory, and the largest node has ${round(largest.memory)}. Choose a smaller size or memoryGb. ${hint}`,
        });
    }
    if (spread === "required" && instances > fitting.length) {
        failures.push({
            property: "antiAffinity",
            reason: `${subject(news)}: its ${instances} servers must run on different nodes, and ${fitting.length} can take them. Add nodes, or set antiAffinity: "preferred" in the environment. ${hint}`,
        });
    }
    return failures;
}

function isDefault({ metadata }: StorageClass): boolean {
    return metadata.annotations?.["storageclass.kubernetes.io/is-default-class"] === "true";
}

function memoryOf({ status }: Node): number {
    return parseMemory(status.allocatable.memory) / 2 ** 30;
}

function round(value: number): number {
    return Math.floor(value * 10) / 10;
}

/** Whether something exists; also where this user may not look, since then nobody can say. */
async function readable(connection: Connection, path: string): Promise<boolean> {
    const answer = await once(connection, path, (api) => allowed(api.get<object>(path).then((found) => found !== undefined)));
    return answer ?? true;
}

/** Undefined where this user may not look. */
async function allowed<Answer>(answer: Promise<Answer>): Promise<Answer | undefined> {
    try {
        return await answer;
    } catch (error) {
        if (error instanceof ApiError && error.status === 403) {
            return undefined;
        }
        throw error;
    }
}

function once<Answer>(connection: Connection, what: string, read: (api: Api) => Promise<Answer>): Promise<Answer> {
    const key = JSON.stringify([connection.kubeconfig, connection.context, what]);
    const found = (known.get(key) as Promise<Answer> | undefined) ?? Api.open(connection).then(read);
    known.set(key, found);
    found.catch(() => known.delete(key));
    return found;
}

export type { Demands };
