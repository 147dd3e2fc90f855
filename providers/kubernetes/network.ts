import type * as pulumi from "@pulumi/pulumi";
import type { Groundwork } from "./groundwork";

type Labels = Readonly<Record<string, pulumi.Input<string>>>;

/** Where connections may come from, and the ports that they may go to. */
export interface Ingress {
    readonly from: readonly object[];
    readonly ports: readonly number[];
}

/** The label that Kubernetes gives every namespace. */
const namespaceName = "kubernetes.io/metadata.name";

/** Pods of certain namespaces. */
export function fromNamespaces(...namespaces: readonly string[]): object[] {
    return namespaces.map((name) => ({ namespaceSelector: { matchLabels: { [namespaceName]: name } } }));
}

/** Everyone who may use a service: pods of its own namespace and of those that the environment allows, and addresses outside. */
export function clientsOf({ namespace, placed, external }: Groundwork): object[] {
    return [
        ...fromNamespaces(...new Set([namespace, ...(placed.settings.allowedNamespaces ?? [])])),
        ...(external?.allowedCidrs ?? []).map((cidr) => ({ ipBlock: { cidr } })),
    ];
}

/** Pods with these labels take connections as listed, and no others. */
export function networkPolicy(ground: Groundwork, role: string | undefined, podLabels: Labels, ingress: readonly Ingress[]): pulumi.Resource {
    const { NetworkPolicy } = require("@pulumi/kubernetes/networking/v1") as typeof import("@pulumi/kubernetes/networking/v1");
    return new NetworkPolicy(
        ground.ctx.childName(role === undefined ? "network" : role),
        {
            metadata: ground.metadata(role),
            spec: {
                podSelector: { matchLabels: { ...podLabels } },
                policyTypes: ["Ingress"],
                ingress: ingress.map(({ from, ports }) => ({ from: [...from], ports: ports.map((port) => ({ protocol: "TCP", port })) })),
            },
        },
        ground.options("support"),
    );
}

/** Lets one more namespace connect; policies add up. */
export function admissionPolicy(ground: Groundwork, namespace: string, clients: { readonly podLabels: Labels; readonly ports: readonly number[] }): void {
    networkPolicy(ground, `from-${namespace}`, clients.podLabels, [{ from: fromNamespaces(namespace), ports: clients.ports }]);
}

/** The way in from outside the cluster, where the environment asks for one. */
export function externalService(ground: Groundwork, podLabels: Labels, ports: Readonly<Record<string, number>>): pulumi.Resource[] {
    const { external } = ground;
    if (external === undefined) {
        return [];
    }
    const { Service } = require("@pulumi/kubernetes/core/v1/service") as typeof import("@pulumi/kubernetes/core/v1/service");
    const type = external.type ?? "LoadBalancer";
    return [
        new Service(
            ground.ctx.childName("external"),
            {
                // What it waits for is whatever fulfils it, such as a cloud; the server doesn't need it.
                metadata: { ...ground.metadata("external"), annotations: { ...external.annotations, "pulumi.com/skipAwait": "true" } },
                spec: {
                    type,
                    selector: { ...podLabels },
                    ports: Object.entries(ports).map(([name, port]) => ({ name, port, targetPort: port, protocol: "TCP" })),
                    // Else every connection would come from a node, and the addresses that may connect could not be told from others.
                    externalTrafficPolicy: "Local",
                    ...(type === "LoadBalancer" ? { loadBalancerSourceRanges: external.allowedCidrs } : {}),
                },
            },
            ground.options("support"),
        ),
    ];
}
