import * as pulumi from "@pulumi/pulumi";
import { hash } from "../../../components/names";
import { loadOptional } from "../../../components/optional-package";
import { annotated, type ManifestObject } from "./objects";
import type { KnownOperator, OperatorKey } from "./releases";

/** What is to be installed. */
export interface Installation {
    /** The component's. */
    readonly name: string;
    readonly takeOver: boolean;
    readonly operators: readonly OperatorObjects[];
}

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
 * Registers the objects as children of a component.
 *
 * An operator looks for its CustomResourceDefinitions and webhook configurations when it starts, so it comes after them, and its Services after
 * it, since the engine waits until a Service has endpoints. Deletion goes the other way. ServiceAccounts come first: a second stack is refused
 * there, before it touches anything that works. Both RabbitMQ operators live in one namespace, which is registered once.
 */
export function installObjects(parent: pulumi.Resource, { name, takeOver, operators }: Installation): void {
    const version = sdkVersion();
    const register = (role: string, object: ManifestObject, dependsOn: readonly pulumi.Resource[]) => {
        const retainOnDelete = holdsData(object);
        const managed = annotated(object, managedBy(retainOnDelete ? retainedManager : managerOf(name), takeOver));
        return new KubernetesObject(`${name}-${role}`, managed, { parent, version, dependsOn: [...dependsOn], retainOnDelete });
    };
    const namespaces = new Map<string, pulumi.Resource>();
    for (const namespace of operators.flatMap(({ objects }) => objects).filter(isNamespace)) {
        const { name: own } = namespace.metadata;
        if (!namespaces.has(own)) {
            namespaces.set(own, register(`namespace-${own}`, namespace, []));
        }
    }
    const installed = new Map<OperatorKey, readonly pulumi.Resource[]>();
    for (const { operator, objects } of operators) {
        const registerAll = (wanted: (object: ManifestObject) => boolean, dependsOn: readonly pulumi.Resource[]) =>
            objects.filter(wanted).map((object) => register(`${roles[operator.key]}-${roleOf(object)}`, object, dependsOn));
        const accounts = registerAll(isServiceAccount, [...namespaces.values()]);
        const base = [...accounts, ...registerAll(isOther, [...namespaces.values(), ...accounts])];
        const definitions = registerAll(isDefinition, [...namespaces.values(), ...base]);
        const needed = operator.needs === undefined ? [] : (installed.get(operator.needs) ?? []);
        const deployments = registerAll(isDeployment, [...base, ...definitions, ...needed]);
        const services = registerAll(isService, deployments);
        installed.set(operator.key, [...base, ...definitions, ...deployments, ...services]);
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

/** Whether deleting it deletes data: a CustomResourceDefinition takes every object of its kind along, a namespace everything that is in it. */
function holdsData(object: ManifestObject): boolean {
    return isDefinition(object) || isNamespace(object);
}

function isDefinition({ kind }: ManifestObject): boolean {
    return kind === "CustomResourceDefinition";
}

function isNamespace({ kind, apiVersion }: ManifestObject): boolean {
    return kind === "Namespace" && apiVersion === "v1";
}

function isServiceAccount({ kind }: ManifestObject): boolean {
    return kind === "ServiceAccount";
}

function isDeployment({ kind }: ManifestObject): boolean {
    return kind === "Deployment";
}

function isService({ kind, apiVersion }: ManifestObject): boolean {
    return kind === "Service" && apiVersion === "v1";
}

/** Roles, configuration, webhooks. */
function isOther(object: ManifestObject): boolean {
    return !holdsData(object) && !isServiceAccount(object) && !isDeployment(object) && !isService(object);
}

/** The owner of what stays when a stack goes, so that another stack can go on with it. */
const retainedManager = "pulumi-data-services";

/**
 * The owner of everything else, as the API server names it to others. It is the same in each run, so that a run that was killed meets itself as
 * the owner; and it is another in each stack, so that a second stack is refused, which would delete the operators of the first with its own.
 */
function managerOf(name: string): string {
    const manager = `${retainedManager}/${pulumi.getProject()}/${pulumi.getStack()}/${name}`;
    const longest = 128;
    return manager.length <= longest ? manager : `${manager.slice(0, longest - 9)}-${hash(manager)}`;
}

function managedBy(manager: string, takeOver: boolean): Record<string, string> {
    return { "pulumi.com/patchFieldManager": manager, ...(takeOver ? { "pulumi.com/patchForce": "true" } : {}) };
}

/** Which plugin the engine takes when no provider is given. */
function sdkVersion(): string {
    const load = () => require("@pulumi/kubernetes/package.json") as { version: string };
    return loadOptional(load, "the package @pulumi/kubernetes is missing. Run npm install @pulumi/kubernetes").version;
}
