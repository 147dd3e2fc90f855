import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { hash } from "../../components/names";
import type { Connection } from "./placement";

const providers = new WeakMap<object, Map<string, { connection: string; provider: k8s.Provider }>>();
/** Stands for a program that runs without an engine. */
const noProgram = {};

/** Marks all providers as leading to the same cluster: which one it is, is checked by `KubernetesInstance`, and more reliably. */
const clusterIdentifier = "data-services";

/**
 * The provider of a cluster, made once in a program: its credentials stay in the kubeconfig, and the state holds the file's path only.
 *
 * Without the identifier, a cluster that is reached in another way (another path or context, another address, a new authority) would be another
 * cluster to Pulumi, which would make everything anew there and delete it here.
 */
export function clusterProvider(connection: Connection): k8s.Provider {
    // Several programs may run in one process; with mocks, only the monitor tells them apart.
    const program = pulumi.runtime.getStackResource() ?? pulumi.runtime.getMonitor() ?? noProgram;
    const known = providers.get(program) ?? new Map();
    providers.set(program, known);
    const identity = JSON.stringify([connection.kubeconfig, connection.context]);
    const own = known.get(providerName(connection));
    // The path of a kubeconfig differs from machine to machine, so it is in a name only where the context isn't enough.
    const name =
        own === undefined || own.connection === identity ? providerName(connection) : `${providerName(connection)}-${hash(connection.kubeconfig ?? "")}`;
    const found = known.get(name);
    if (found) {
        return found.provider;
    }
    const { Provider } = require("@pulumi/kubernetes/provider") as typeof import("@pulumi/kubernetes/provider");
    const provider = new Provider(name, {
        clusterIdentifier,
        // Else a change would delete them for a moment, under the servers that read them.
        enableConfigMapMutable: true,
        enableSecretMutable: true,
        ...(connection.kubeconfig === undefined ? {} : { kubeconfig: connection.kubeconfig }),
        ...(connection.context === undefined ? {} : { context: connection.context }),
    });
    known.set(name, { connection: identity, provider });
    return provider;
}

/** By the context, which is a cluster's name on every machine. */
function providerName({ context }: Connection): string {
    return context === undefined ? "data-services-kubernetes" : `data-services-kubernetes-${context}`;
}
