import type * as pulumi from "@pulumi/pulumi";
import type { Durability } from "./durability";
import type { DataLoss } from "./identity";
import type { ResolvedSize } from "./size";
import type { Problem } from "./validation";

/** The three kinds of service. Each names a protocol: PostgreSQL, AMQP 0-9-1 (RabbitMQ), RESP (Valkey/Redis). */
export type ServiceKind = "database" | "queue" | "cache";

/** What one consumer of a service may do. Which of them a kind offers is in {@link accessLevels}. */
export type Access = "owner" | "readwrite" | "readonly";

/** The access levels of each kind; the first is the default. */
export const accessLevels = {
    database: ["readwrite", "readonly", "owner"],
    queue: ["readwrite", "readonly"],
    cache: ["readwrite", "readonly"],
} as const satisfies Record<ServiceKind, readonly Access[]>;

/** What a provider can do beyond the basics. Data rather than name checks, so docs, tests and errors follow from it. */
export interface Capabilities {
    /** More than one server, with automatic failover. */
    readonly highAvailability: boolean;
    /** Restore to any moment within the backup retention. */
    readonly pointInTimeRecovery: boolean;
}

/** A name of {@link Capabilities}. */
export type Capability = keyof Capabilities;

/** A JSON Schema (draft 7) of plain data. Read by `validation.ts` and by the documentation. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** What every kind of service is asked for, with all defaults applied. */
export interface ServiceSpec {
    /** The version that the user named; without one, the provider's newest for a new service and the present one for a living service. */
    readonly version: string | undefined;
    readonly size: ResolvedSize;
    readonly durability: Durability;
    readonly highAvailability: boolean;
    /** The user accepts the downtime and the one-way road of a new major version of a living service. */
    readonly allowMajorUpgrade: boolean;
    /** The losses of data that the user accepts, by name. */
    readonly allowDataLoss: readonly DataLoss[];
    readonly tags: Readonly<Record<string, string>>;
    /** The server's own settings (`postgresql.conf`, `rabbitmq.conf`, `valkey.conf`), by their own names. */
    readonly settings: Readonly<Record<string, string>>;
}

export interface DatabaseSpec extends ServiceSpec {
    readonly databaseName: string;
    readonly pointInTimeRecovery: boolean;
}

export interface QueueSpec extends ServiceSpec {
    readonly vhost: string;
}

export interface CacheSpec extends ServiceSpec {
    /** What happens to keys when memory is full, as in Valkey's `maxmemory-policy`. */
    readonly evictionPolicy: string;
    /** The one that the user named; undefined where it is the default. */
    readonly namedEvictionPolicy: string | undefined;
}

/** What one consumer asked for, with all defaults applied. */
export interface BindingSpec {
    /** The binding's logical name, `<service>-<binding>`, unique in the stack. */
    readonly name: string;
    readonly username: string;
    readonly access: Access;
    /** The password that the user gave; without one, the provider makes one. */
    readonly password: pulumi.Output<string> | undefined;
    /** Any text; a change of it makes a new password. */
    readonly rotation: string | undefined;
    /** Queues: regular expressions of what the user may configure, write and read. */
    readonly permissions: { readonly configure: string; readonly write: string; readonly read: string } | undefined;
    /** Caches: the key patterns the user may touch. */
    readonly keys: readonly string[] | undefined;
}

/** How to reach a service. */
export interface Endpoint {
    readonly host: pulumi.Output<string>;
    readonly port: pulumi.Output<number>;
    /** Always true for a networked backend: plaintext connections are refused. */
    readonly tls: boolean;
    /** The PEM certificates of the authorities that signed the server's certificate; undefined where the system's own suffice. */
    readonly certificates: pulumi.Output<string> | undefined;
    /** The same certificates as a file on the machine that runs `up`, where the service lives on that machine too. */
    readonly certificatesFile?: pulumi.Output<string>;
    /** Queues: the base URL of RabbitMQ's management API. */
    readonly managementUri?: pulumi.Output<string>;
    /** Databases and caches: a host that serves reads only. */
    readonly readerHost?: pulumi.Output<string>;
}

/** A user made for one binding. */
export interface Credentials {
    readonly username: pulumi.Output<string>;
    /** Always secret. */
    readonly password: pulumi.Output<string>;
}

/** A provisioned service, ready to be bound. */
export interface Service {
    readonly endpoint: Endpoint;
    /** The version that runs, as the server tells it. */
    readonly version: pulumi.Output<string>;
    /** Makes a user for one binding. */
    bind(ctx: Context, spec: BindingSpec): Credentials;
    /** Where the service runs in a Kubernetes cluster: that cluster. */
    readonly cluster?: ServiceCluster;
}

/** The Kubernetes cluster in which a service runs. */
export interface ServiceCluster {
    readonly provider: pulumi.ProviderResource;
    readonly namespace: string;
    /** Lets the pods of a namespace of this cluster connect to the service. May be repeated. */
    admit(namespace: string): void;
}

/** What is checked before anything is registered. */
export interface ServiceRequest<Config, Spec extends ServiceSpec> {
    readonly service: string;
    readonly config: Config;
    /** The property path of `config` in the user's program, such as `environment.database.kubernetes`. */
    readonly configPath: string;
    readonly spec: Spec;
}

/** How one backend provides one kind of service. */
export interface ServiceProvider<Config, Spec extends ServiceSpec> {
    /** Major versions, newest last. */
    readonly versions: readonly string[];
    readonly capabilities: Capabilities;
    /** What is wrong with a request beyond what schemas say: settings that don't go together, or that this backend decides on. */
    check?(request: ServiceRequest<Config, Spec>): readonly Problem[];
    /** Registers the resources of one service. Synchronous: which resources exist never depends on an `Output`. */
    provision(ctx: Context, config: Config, spec: Spec): Service;
}

/** One backend: one folder of `providers/`. A kind that it lacks is undefined. */
export interface Backend<Config = never> {
    readonly name: string;
    /** One sentence for the generated documentation. */
    readonly summary: string;
    /** Validates the backend's settings in an environment. */
    readonly config: JsonSchema;
    /** The packages that the user must have installed beside this one. @default none */
    readonly sdks?: readonly { readonly package: string; readonly range: string }[];
    readonly database?: ServiceProvider<Config, DatabaseSpec>;
    readonly queue?: ServiceProvider<Config, QueueSpec>;
    readonly cache?: ServiceProvider<Config, CacheSpec>;
}

/** Whether a resource holds data (`stateful`) or can be made anew at any time (`support`). */
export type ResourcePurpose = "stateful" | "support";

/** What a provider knows of the service that it provides, and the one place where names and options of children are made. */
export interface Context {
    readonly kind: ServiceKind;
    /** The service's logical name. */
    readonly service: string;
    readonly durability: Durability;
    /** A random text that the service keeps for life, for physical names that never collide. Unknown in the first preview. */
    readonly instanceId: pulumi.Output<string>;
    /** The logical name of a child: `name` for the main one, `name-role` for others. */
    childName(role?: string): string;
    /** Parent, protection and retention of a child. */
    options(purpose: ResourcePurpose, more?: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions;
}
