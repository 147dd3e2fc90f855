import type { Directives } from "../../protocols/valkey-settings";
import { unquote } from "../../protocols/valkey-settings";
import { administrator, port, revisionDirective } from "../cache/configuration";
import { addressInCluster } from "./addresses";
import { withAdmin } from "./admin";
import type { Api, KubernetesObject } from "./api";
import type { ServerEngine } from "./engine";
import { type ServerAccess, type ServerInputs, subject } from "./inputs";
import { claimsOf, isReady, type Pod, podsOf, troubleOf } from "./pods";
import { parseMemory } from "./quantity";
import { type Pending, waitFor } from "./waiting";

interface StatefulSet extends KubernetesObject {
    readonly status?: { readonly observedGeneration?: number; readonly updateRevision?: string };
}

interface ExternalService extends KubernetesObject {
    readonly spec: { readonly type: string; readonly ports: readonly { readonly nodePort?: number }[] };
}

/** A StatefulSet of one Valkey; see `../cache`. */
export const valkey: ServerEngine = {
    administrator,
    adminPort: port,

    certificateNames: (name, namespace) => [`${name}.${namespace}.svc`, `${name}.${namespace}.svc.cluster.local`, `${name}.${namespace}`, name],

    selector: (name) => `app.kubernetes.io/name=valkey,app.kubernetes.io/instance=${name}`,

    certificateName: ({ name, namespace }) => `${name}.${namespace}.svc`,

    async primaryPod(api, { namespace, name }) {
        return (await podsOf(api, namespace, valkey.selector(name))).find(isReady)?.metadata.name;
    },

    async pending(api, inputs) {
        return (await serverPending(api, inputs)) ?? volumePending(api, inputs);
    },

    async settle(api, inputs, before) {
        if (await isInForce(inputs)) {
            return;
        }
        if (before !== undefined && (await applyOnline(inputs, before.settings))) {
            return;
        }
        await restart(api, inputs);
        if (!(await isInForce(inputs))) {
            throw new Error(
                `${subject(inputs)}: the server refuses the settings and goes on with those before. Correct settings, and run "pulumi up" again. ` +
                    `What it says: kubectl logs ${inputs.name}-0 --namespace ${inputs.namespace}`,
            );
        }
    },

    async address(api, inputs) {
        const { namespace, name, externalHost } = inputs;
        if (externalHost === undefined) {
            return addressInCluster("cache", inputs);
        }
        const service = await api.get<ExternalService>(`/api/v1/namespaces/${namespace}/services/${name}-external`);
        const nodePort = service?.spec.type === "NodePort" ? service.spec.ports[0]?.nodePort : undefined;
        return { host: externalHost, port: nodePort ?? port };
    },
};

async function serverPending(api: Api, { namespace, name }: ServerInputs): Promise<Pending | undefined> {
    const set = await api.get<StatefulSet>(`/apis/apps/v1/namespaces/${namespace}/statefulsets/${name}`);
    if (set === undefined) {
        return { reason: `its StatefulSet ${name} is gone. Run "pulumi refresh", then "pulumi up".`, hopeless: true };
    }
    const { observedGeneration = 0, updateRevision } = set.status ?? {};
    if (observedGeneration < (set.metadata.generation ?? 0)) {
        return { reason: `the StatefulSet controller has yet to look at ${name}` };
    }
    const pods = await podsOf(api, namespace, valkey.selector(name));
    if (pods.length === 1 && pods.every((pod) => isReady(pod) && revisionOf(pod) === updateRevision)) {
        return undefined;
    }
    const current = pods.filter((pod) => revisionOf(pod) === updateRevision);
    return refusedConfiguration(current) ?? troubleOf(current) ?? { reason: current.length > 0 ? "its server starts" : "its server is being replaced" };
}

/** A server that never ran has no settings to go on with; no restart helps it. */
function refusedConfiguration(pods: readonly Pod[]): Pending | undefined {
    const said = pods
        .flatMap(({ status }) => status?.containerStatuses ?? [])
        .map(({ lastState, state }) => (state?.terminated ?? lastState?.terminated)?.message);
    const complaint = said.map((text) => /\*\*\* FATAL CONFIG FILE ERROR[\s\S]*?\*\*\*\s*([\s\S]*)/.exec(text ?? "")?.[1]).find((text) => text !== undefined);
    return complaint === undefined ? undefined : { reason: `the server refuses its settings: ${complaint.trim().replace(/\s*\n\s*/g, " ")}`, hopeless: true };
}

function revisionOf({ metadata }: Pod): string | undefined {
    return metadata.labels?.["controller-revision-hash"];
}

async function volumePending(api: Api, { namespace, name, storageGb }: ServerInputs): Promise<Pending | undefined> {
    const claims = await claimsOf(api, namespace, valkey.selector(name));
    const small = claims.find(({ status }) => parseMemory(status?.capacity?.storage ?? "0") < storageGb * 2 ** 30);
    return small === undefined
        ? undefined
        : { reason: `its volume claim ${small.metadata.name} has ${small.status?.capacity?.storage ?? "no volume"} and grows to ${storageGb} GiB` };
}

/** The server tells which settings it runs with. */
async function isInForce(inputs: ServerInputs): Promise<boolean> {
    const wanted = unquote(inputs.settings[revisionDirective] ?? "");
    const [, actual] = await ask<string[]>(inputs, ["CONFIG", "GET", revisionDirective]);
    return actual === wanted;
}

/**
 * Gives the running server what changed, all or nothing.
 *
 * @returns whether that was all it needs; a restart gives it the rest
 * @throws Error when it refuses a value: it goes on as before
 */
async function applyOnline(inputs: ServerInputs, before: Directives): Promise<boolean> {
    const changed = Object.entries(inputs.settings).filter(([name, value]) => before[name] !== value);
    const removed = Object.keys(before).some((name) => inputs.settings[name] === undefined);
    const [, actual] = await ask<string[]>(inputs, ["CONFIG", "GET", revisionDirective]);
    if (removed || actual !== unquote(before[revisionDirective] ?? "")) {
        return false;
    }
    const refusal = await ask<string>(inputs, ["CONFIG", "SET", ...changed.flatMap(([name, value]) => [name, unquote(value)])]);
    if (refusal === "OK") {
        return true;
    }
    if (/immutable|protected config/i.test(refusal)) {
        return false;
    }
    throw new Error(`${subject(inputs)}: the server refuses the settings and goes on with those before. Correct settings. It says: ${refusal}`);
}

/** One command as the administrator; a refusal is given back as its text. */
function ask<Answer>(inputs: ServerAccess, [command, ...args]: readonly [string, ...string[]]): Promise<Answer> {
    const { connectionOptions, withConnection } = require("../../protocols/valkey") as typeof import("../../protocols/valkey");
    return withAdmin(valkey, inputs, (_protocol, admin) =>
        withConnection(connectionOptions(admin), async (connection) => {
            try {
                return (await connection.call(command, ...args)) as Answer;
            } catch (error) {
                if ((error as Error).name === "ReplyError") {
                    return (error as Error).message as Answer;
                }
                throw error;
            }
        }),
    );
}

/** The StatefulSet makes another pod, which reads its settings anew. */
async function restart(api: Api, inputs: ServerInputs): Promise<void> {
    const { namespace, name } = inputs;
    for (const { metadata } of await podsOf(api, namespace, valkey.selector(name))) {
        await api.delete(`/api/v1/namespaces/${namespace}/pods/${metadata.name}`, metadata.uid ?? "");
    }
    await waitFor({ subject: subject(inputs) }, () => valkey.pending(api, inputs));
}
