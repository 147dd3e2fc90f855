import type { ServiceKind } from "../../../components/backend";
import type { Durability } from "../../../components/durability";
import type { DataLoss } from "../../../components/identity";
import type { Connection } from "../placement";

/** What a service takes of a cluster; compared with what the cluster has before anything is made. */
export interface Demands {
    /** Kinds of objects that operators bring, and what to tell someone who lacks one. */
    readonly definitions: readonly { readonly group: string; readonly version: string; readonly kind: string; readonly install: string }[];
    readonly storageClass?: string | undefined;
    readonly storageGb: number;
    /** Of one server. */
    readonly cpu: number;
    /** Of one server. */
    readonly memoryGb: number;
    readonly instances: number;
    /** Whether all servers must be on different nodes. */
    readonly spread: "required" | "preferred";
    readonly nodeSelector: Readonly<Record<string, string>>;
    readonly autoscaling: boolean;
}

/** The inputs of the `KubernetesInstance` resource. */
export interface InstanceInputs {
    readonly connection: Connection;
    /** Filled in by `check`: the cluster itself, whatever a kubeconfig calls it. */
    readonly cluster?: string | undefined;
    readonly namespace: string;
    readonly kind: ServiceKind;
    readonly service: string;
    /** The name of the service's objects. Unknown in the first preview. */
    readonly name: string;
    /** The major version; filled in by `check` and kept from then on. */
    readonly version?: string | undefined;
    /** The version of a new service that names none. */
    readonly newestVersion: string;
    readonly allowMajorUpgrade: boolean;
    readonly allowDataLoss: readonly DataLoss[];
    /** More names for the server's certificate. */
    readonly hostnames: readonly string[];
    readonly demands: Demands;
}

/** The outputs of the `KubernetesInstance` resource. */
export interface InstanceOutputs extends InstanceInputs {
    readonly adminPassword: string;
    readonly authority: string;
    readonly authorityKey: string;
    readonly certificate?: string;
    readonly certificateKey?: string;
    /** The names in the certificate. */
    readonly certificateNames: readonly string[];
}

/** How an administrator reaches a server. */
export interface ServerAccess {
    readonly connection: Connection;
    readonly namespace: string;
    readonly kind: ServiceKind;
    readonly service: string;
    /** The name of its Kubernetes objects. */
    readonly name: string;
    /** Secret. */
    readonly adminPassword: string;
    /** The authority's certificate, PEM. */
    readonly certificates: string;
}

/** What a server shall be: the inputs of the `KubernetesServer` resource. */
export interface ServerInputs extends ServerAccess {
    /** The database or vhost that bindings lead to. */
    readonly path?: string | undefined;
    /** The image that its pods run. */
    readonly image: string;
    readonly instances: number;
    readonly storageGb: number;
    /** The server's own settings that must be in force. */
    readonly settings: Readonly<Record<string, string>>;
    readonly durability: Durability;
    /** The name that clients outside the cluster connect to, where there is one. */
    readonly externalHost?: string | undefined;
    /** The role of the object whose Service clients connect to, where it isn't the server's own. */
    readonly front?: string | undefined;
    /** Changes with anything that the Kubernetes objects were asked to be. */
    readonly revision: string;
}

/** Where clients find a server; names of the cluster's own DNS, or the external one. */
export interface ServerAddress {
    readonly host: string;
    readonly port: number;
    readonly readerHost?: string;
    readonly managementUri?: string;
}

/** The outputs of the `KubernetesServer` resource. */
export interface ServerOutputs extends ServerInputs, ServerAddress {
    readonly runningVersion: string;
    /** "ready", or what `refresh` found instead. */
    readonly status: string;
}

/** A service, as messages call it. */
export function subject({ kind, service }: Pick<InstanceInputs, "kind" | "service">): string {
    return `the ${kind} "${service}"`;
}
