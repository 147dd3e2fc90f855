import type * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { hash } from "../../components/names";
import type { Connection } from "./placement";

const providers = new WeakMap<object, Map<string, { connection: string; provider: k8s.Provider }>>();
/** Stands for the stack where there is no resource for it, as in tests with mocks. */
const noStack = {};

/** The provider of a cluster, made once in a program: its credentials stay in the kubeconfig, and the state holds the file's path only. */
export function clusterProvider(connection: Connection): k8s.Provider {
    const stack = pulumi.runtime.getStackResource() ?? noStack;
    const known = providers.get(stack) ?? new Map();
    providers.set(stack, known);
    const name = providerName(connection);
    const found = known.get(name);
    const identity = JSON.stringify([connection.kubeconfig, connection.context]);
    if (found) {
        if (found.connection !== identity) {
            throw new Error(
                `Two environments of this program take the context "${connection.context}" from different kubeconfig files. Give the contexts different names: kubectl config rename-context`,
            );
        }
        return found.provider;
    }
    const { Provider } = require("@pulumi/kubernetes/provider") as typeof import("@pulumi/kubernetes/provider");
    const provider = new Provider(name, {
        // Else a change would delete them for a moment, under the servers that read them.
        enableConfigMapMutable: true,
        enableSecretMutable: true,
        ...(connection.kubeconfig === undefined ? {} : { kubeconfig: connection.kubeconfig }),
        ...(connection.context === undefined ? {} : { context: connection.context }),
    });
    known.set(name, { connection: identity, provider });
    return provider;
}

/** By the context, which is a cluster's name on every machine; the path of a kubeconfig differs from machine to machine. */
function providerName({ kubeconfig, context }: Connection): string {
    const suffix = context ?? (kubeconfig === undefined ? undefined : hash(kubeconfig));
    return suffix === undefined ? "data-services-kubernetes" : `data-services-kubernetes-${suffix}`;
}
