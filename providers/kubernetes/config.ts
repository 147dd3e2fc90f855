import type { JsonSchema } from "../../components/backend";

/** One cluster, and how services run in it. */
export interface ClusterConfig {
    /** The kubeconfig file; an absolute path, or one below `~/`. @default `$KUBECONFIG`, else `~/.kube/config` */
    kubeconfig?: string;
    /** The context of the kubeconfig. @default its current context: name it, or `up` follows whatever `kubectl config use-context` set last */
    context?: string;
    /** The namespace of the services; it must exist. Another one is another service: a living service refuses the change. @default "default" */
    namespace?: string;
    /** The StorageClass of new volumes. A living service keeps its own. @default the cluster's default class */
    storageClass?: string;
    /** Only nodes with these labels take the servers. @default every node */
    nodeSelector?: { [label: string]: string };
    /**
     * Whether the servers of one service must run on different nodes: `required` or `preferred`.
     *
     * @default "required" for critical services, else "preferred"
     */
    antiAffinity?: AntiAffinity;
    /** The cluster adds nodes when pods wait for one, so sizes aren't compared with today's nodes. @default false */
    autoscaling?: boolean;
    /** Namespaces of the cluster whose pods may connect, beside the service's own and those that a binding was projected into. @default none */
    allowedNamespaces?: string[];
    /** Images in place of the official ones, such as those of a mirror. */
    images?: Images;
    /** Secrets of the namespace with which images are pulled. @default none */
    imagePullSecrets?: string[];
}

/** See `ClusterConfig.antiAffinity`. */
export const AntiAffinity = {
    /** A second server waits until there is a second node. */
    Required: "required",
    /** Two servers share a node rather than wait. */
    Preferred: "preferred",
} as const;
export type AntiAffinity = (typeof AntiAffinity)[keyof typeof AntiAffinity];

/** Images by major version. A tag must begin with the version: operators read it there. */
export interface Images {
    postgresql?: { [major: string]: string };
    rabbitmq?: { [major: string]: string };
    valkey?: { [major: string]: string };
    pgbouncer?: string;
}

/** The settings of the `kubernetes` backend: a cluster, or several. */
export interface KubernetesConfig extends ClusterConfig {
    /** More clusters, by names of your own. Each has the settings beside `clusters`, overridden by its own. @default none */
    clusters?: { [name: string]: ClusterConfig };
    /** The cluster of a service, by the service's name. @default the settings beside `clusters` */
    placement?: { [service: string]: string };
    /** Services that are reachable from outside the cluster, by the service's name. @default none */
    external?: { [service: string]: ExternalConfig };
    /** Databases: PgBouncer in front of each. @default none */
    pooler?: PoolerConfig;
    /** Databases: scheduled backups. @default none */
    backups?: BackupsConfig;
}

/** How a service is reached from outside the cluster. */
export interface ExternalConfig {
    /** The type of its Kubernetes Service: `LoadBalancer` or `NodePort`. @default "LoadBalancer" */
    type?: ExternalType;
    /** The name that clients connect to; it stands in the server's certificate and in bindings. You point it at the load balancer or the nodes. */
    hostname: string;
    /** Addresses that may connect, such as "10.0.0.0/8". */
    allowedCidrs: string[];
    /** Annotations of the Kubernetes Service, which load balancers are configured by. @default none */
    annotations?: { [name: string]: string };
}

/** See `ExternalConfig.type`. */
export const ExternalType = { LoadBalancer: "LoadBalancer", NodePort: "NodePort" } as const;
export type ExternalType = (typeof ExternalType)[keyof typeof ExternalType];

/** PgBouncer in front of a database, by CloudNativePG's Pooler. Bindings lead to it. */
export interface PoolerConfig {
    /** How many. @default 2 */
    instances?: number;
    /** When a server connection goes back to the pool: `session` or `transaction`. @default "session", which every program works with */
    poolMode?: PoolMode;
}

/** See `PoolerConfig.poolMode`. */
export const PoolMode = { Session: "session", Transaction: "transaction" } as const;
export type PoolMode = (typeof PoolMode)[keyof typeof PoolMode];

/** Scheduled backups of databases: exactly one of `volumeSnapshot` and `barmanCloud`. */
export interface BackupsConfig {
    /** Six fields, seconds first, in UTC, as CloudNativePG reads them. @default "0 0 2 * * *": every night at two */
    schedule?: string;
    /** Snapshots of the volumes, by the cluster's storage. */
    volumeSnapshot?: VolumeSnapshotConfig;
    /** CloudNativePG's barman-cloud plugin: base backups and a continuous archive, for recovery to any moment. */
    barmanCloud?: BarmanCloudConfig;
}

/** See `BackupsConfig.volumeSnapshot`. */
export interface VolumeSnapshotConfig {
    /** The VolumeSnapshotClass. @default the storage's default class */
    className?: string;
}

/** See `BackupsConfig.barmanCloud`. */
export interface BarmanCloudConfig {
    /** The name of an ObjectStore (barmancloud.cnpg.io) of the namespace. */
    objectStore: string;
}

const text: JsonSchema = { type: "string", minLength: 1 };
const texts: JsonSchema = { type: "object", additionalProperties: { type: "string" } };
/** A DNS label, as Kubernetes names are. */
const label: JsonSchema = {
    type: "string",
    pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
    description: 'lower-case letters, digits and "-", 63 characters at most',
};
const images: JsonSchema = { type: "object", additionalProperties: text };

const clusterProperties: Readonly<Record<string, JsonSchema>> = {
    kubeconfig: { type: "string", pattern: "^(/|~/|[A-Za-z]:\\\\)", description: "an absolute path or one below ~/" },
    context: text,
    namespace: label,
    storageClass: text,
    nodeSelector: texts,
    antiAffinity: { type: "string", enum: Object.values(AntiAffinity) },
    autoscaling: { type: "boolean" },
    allowedNamespaces: { type: "array", items: label },
    images: {
        type: "object",
        additionalProperties: false,
        properties: { postgresql: images, rabbitmq: images, valkey: images, pgbouncer: text },
    },
    imagePullSecrets: { type: "array", items: text },
};

export const config: JsonSchema = {
    type: "object",
    additionalProperties: false,
    properties: {
        ...clusterProperties,
        clusters: { type: "object", additionalProperties: { type: "object", additionalProperties: false, properties: clusterProperties } },
        placement: { type: "object", additionalProperties: text },
        external: {
            type: "object",
            additionalProperties: {
                type: "object",
                additionalProperties: false,
                required: ["hostname", "allowedCidrs"],
                properties: {
                    type: { type: "string", enum: Object.values(ExternalType) },
                    hostname: {
                        type: "string",
                        pattern: "^[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$",
                        description: "the DNS name that clients connect to",
                    },
                    allowedCidrs: {
                        type: "array",
                        minItems: 1,
                        items: { type: "string", pattern: "^[0-9A-Fa-f.:]+/[0-9]{1,3}$", description: 'a range of addresses, such as "10.0.0.0/8"' },
                        description: "the addresses that may connect",
                    },
                    annotations: texts,
                },
            },
        },
        pooler: {
            type: "object",
            additionalProperties: false,
            properties: { instances: { type: "integer", minimum: 1 }, poolMode: { type: "string", enum: Object.values(PoolMode) } },
        },
        backups: {
            type: "object",
            additionalProperties: false,
            properties: {
                schedule: {
                    type: "string",
                    pattern: "^(\\S+ ){5}\\S+$",
                    description: 'six fields with the seconds first, such as "0 0 2 * * *"',
                },
                volumeSnapshot: { type: "object", additionalProperties: false, properties: { className: text } },
                barmanCloud: { type: "object", additionalProperties: false, required: ["objectStore"], properties: { objectStore: text } },
            },
        },
    },
};
