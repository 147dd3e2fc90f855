import * as pulumi from "@pulumi/pulumi";
import { holdsData, type ManifestObject } from "./objects";
import type { KnownOperator, OperatorKey } from "./releases";

/** What is to be installed of one operator. */
export interface OperatorObjects {
    readonly operator: KnownOperator;
    readonly objects: readonly ManifestObject[];
}

/** The part of a child's name that tells whose object it is. Names are contract: a change needs an alias. */
const roles: Readonly<Record<OperatorKey, string>> = {
    cloudNativePg: "cloudnative-pg",
    rabbitmqCluster: "rabbitmq-cluster",
    rabbitmqTopology: "rabbitmq-topology",
};

/**
 * Registers the objects as children of a component: namespaces first, operators last, since an operator looks for its CustomResourceDefinitions
 * and webhook configurations when it starts; deletion goes the other way. Both RabbitMQ operators live in one namespace, which is registered once.
 */
export function installObjects(name: string, parent: pulumi.Resource, operators: readonly OperatorObjects[]): void {
    const version = sdkVersion();
    const register = (role: string, object: ManifestObject, dependsOn: readonly pulumi.Resource[]) =>
        new KubernetesObject(`${name}-${role}`, object, { parent, version, dependsOn: [...dependsOn], retainOnDelete: holdsData(object) });
    const namespaces = new Map<string, pulumi.Resource>();
    for (const { metadata, ...rest } of operators.flatMap(({ objects }) => objects).filter(isNamespace)) {
        if (!namespaces.has(metadata.name)) {
            namespaces.set(metadata.name, register(`namespace-${metadata.name}`, { ...rest, metadata }, []));
        }
    }
    const installed = new Map<OperatorKey, readonly pulumi.Resource[]>();
    for (const { operator, objects } of operators) {
        const named = (object: ManifestObject) => `${roles[operator.key]}-${roleOf(object)}`;
        const inside = objects.filter((object) => !isNamespace(object));
        const base = inside.filter(({ kind }) => kind !== "Deployment").map((object) => register(named(object), object, [...namespaces.values()]));
        const needed = operator.needs === undefined ? [] : (installed.get(operator.needs) ?? []);
        const programs = inside.filter(({ kind }) => kind === "Deployment").map((object) => register(named(object), object, [...base, ...needed]));
        installed.set(operator.key, [...base, ...programs]);
    }
}

/** Any object of Kubernetes, as the classes of `@pulumi/kubernetes` register it, without loading each of them. */
class KubernetesObject extends pulumi.CustomResource {
    constructor(name: string, object: ManifestObject, opts: pulumi.CustomResourceOptions) {
        const group = object.apiVersion.includes("/") ? object.apiVersion : `core/${object.apiVersion}`;
        super(`kubernetes:${group}:${object.kind}`, name, { ...object }, opts);
    }
}

function roleOf({ kind, metadata }: ManifestObject): string {
    const namespace = typeof metadata.namespace === "string" ? `${metadata.namespace}-` : "";
    return `${kind.toLowerCase()}-${namespace}${metadata.name}`;
}

function isNamespace({ kind, apiVersion }: ManifestObject): boolean {
    return kind === "Namespace" && apiVersion === "v1";
}

/** Which plugin the engine takes when no provider is given. */
function sdkVersion(): string {
    try {
        return (require("@pulumi/kubernetes/package.json") as { version: string }).version;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") {
            throw new Error("the package @pulumi/kubernetes is missing. Run npm install @pulumi/kubernetes");
        }
        throw error;
    }
}
