import * as pulumi from "@pulumi/pulumi";
import type { Access, Credentials, Endpoint, ServiceKind } from "./backend";
import type { BindingEnvFrom, BindingSecret, BindingVolume, EnvFromArgs, SecretArgs, VolumeArgs } from "./projection";
import { type Projectable, Projections } from "./projections";
import { amqpUri, jdbcUri, postgresqlUri, redisUri, type UriParts } from "./uris";

/**
 * The credentials of one consumer, as plain values. The same keys on every backend; the well-known ones are those of servicebinding.io.
 * A key that doesn't apply is absent.
 */
export interface BindingValues {
    /** `postgresql`, `rabbitmq` or `redis`. */
    type: "postgresql" | "rabbitmq" | "redis";
    /** The backend. */
    provider: string;
    host: string;
    port: number;
    username: string;
    password: string;
    /** Databases only. */
    database?: string;
    /** Queues only. */
    vhost?: string;
    /** Everything in one text, each part escaped. */
    uri: string;
    /** Databases only. */
    "jdbc-uri"?: string;
    tls: boolean;
    /** PEM certificates of the authorities that signed the server's certificate. */
    certificates?: string;
    /** Queues: base URL of RabbitMQ's management API. */
    "management-uri"?: string;
    /** A host that serves reads only. */
    "reader-host"?: string;
}

/** @internal What a binding is made of. */
export interface BindingParts {
    readonly kind: ServiceKind;
    readonly name: string;
    readonly access: Access;
    readonly backend: string;
    readonly endpoint: Endpoint;
    readonly credentials: Credentials;
    /** Database name or vhost. */
    readonly path: string | undefined;
    /** What Secrets of the binding need to know beside the binding. */
    readonly place: Pick<Projectable, "service" | "rotates" | "tags" | "cluster" | "options">;
}

const types = { database: "postgresql", queue: "rabbitmq", cache: "redis" } as const satisfies Record<ServiceKind, BindingValues["type"]>;
const pathKeys = { database: "database", queue: "vhost", cache: undefined } as const satisfies Record<ServiceKind, string | undefined>;

/**
 * One consumer's access to a service: a user of its own, made by `service.bind(name)`.
 *
 * Removing a binding from the program removes its user, never the data that it wrote.
 */
export class ServiceBinding {
    /** `<service>-<name>`. */
    readonly name: string;
    readonly kind: ServiceKind;
    readonly access: Access;
    /** All values, as one secret. */
    readonly values: pulumi.Output<BindingValues>;
    readonly host: pulumi.Output<string>;
    readonly port: pulumi.Output<number>;
    readonly username: pulumi.Output<string>;
    /** Secret. */
    readonly password: pulumi.Output<string>;
    /** Secret. Usable as it is by `psql`, `pg`, `amqplib`, `iovalkey` and their like. */
    readonly uri: pulumi.Output<string>;
    private readonly projections: Projections;

    /** @internal */
    constructor(parts: BindingParts) {
        const { endpoint, credentials } = parts;
        this.name = parts.name;
        this.kind = parts.kind;
        this.access = parts.access;
        this.host = endpoint.host;
        this.port = endpoint.port;
        this.username = credentials.username;
        this.password = pulumi.secret(credentials.password);
        this.values = pulumi.secret(
            pulumi
                .all([
                    endpoint.host,
                    endpoint.port,
                    credentials.username,
                    credentials.password,
                    endpoint.certificates,
                    endpoint.certificatesFile,
                    endpoint.managementUri,
                    endpoint.readerHost,
                ] as const)
                .apply(([host, port, username, password, certificates, certificatesFile, managementUri, readerHost]) => {
                    const uriParts = { host, port, username, password, tls: endpoint.tls, path: parts.path, certificatesFile };
                    return toValues(parts, uriParts, { certificates, managementUri, readerHost });
                }),
        );
        this.uri = this.values.apply((values) => values.uri);
        this.projections = new Projections({
            ...parts.place,
            name: parts.name,
            type: types[parts.kind],
            values: () => this.values.apply(toText),
            variables: (prefix) => this.toEnv(prefix),
        });
    }

    /**
     * The values as environment variables, `<PREFIX>_HOST`, `<PREFIX>_JDBC_URI` and so on; all of them secret.
     *
     * @param prefix @default the binding's name in upper case, such as `ORDERS_REPORTS`
     */
    toEnv(prefix: string = variableName(this.name)): pulumi.Output<Record<string, string>> {
        return this.values.apply((values) =>
            Object.fromEntries(Object.entries(toText(values)).map(([key, value]) => [`${prefix}_${variableName(key)}`, value])),
        );
    }

    /**
     * The binding as a Secret of type `servicebinding.io/<type>` in a namespace of any cluster: the keys of {@link BindingValues}, the values as text.
     * Asked for twice, it is made once. A change of a value makes another Secret; what uses it rolls over, and then the old one is removed.
     *
     * Its logical name is `<binding>-secret-<namespace>`; with a provider other than the service's own, `<binding>-secret-<provider>.<namespace>`; with a
     * name of its own, that name stands at the end, after a dot. A name that Kubernetes wouldn't take is in lower case and carries a hash.
     *
     * @example
     * const secret = reports.toSecret({ namespace: "shop" });
     * @throws pulumi.InputPropertiesError naming everything that is wrong with the arguments; or that `@pulumi/kubernetes` isn't installed
     */
    toSecret(args: SecretArgs): BindingSecret {
        return this.projections.secret(args, this.toSecret);
    }

    /**
     * An item of a container's `envFrom`: the variables of {@link toEnv}. They are the keys of a Secret of their own, made once for the same arguments;
     * its logical name is that of {@link toSecret} with `env` for `secret`, and with the prefix, if one is given, in place of the name.
     *
     * @example
     * containers: [{ name: "shop", image, envFrom: [reports.envFrom({ namespace: "shop" })] }]
     * @throws pulumi.InputPropertiesError as {@link toSecret}
     */
    envFrom(args: EnvFromArgs): BindingEnvFrom {
        return this.projections.envFrom(args, this.envFrom);
    }

    /**
     * The Secret of {@link toSecret} as files in a pod: `$SERVICE_BINDING_ROOT/<binding>/<key>`, read-only.
     *
     * @example
     * const { volume, volumeMount, env } = reports.volume({ namespace: "shop" });
     * spec: { volumes: [volume], containers: [{ name: "shop", image, env: [env], volumeMounts: [volumeMount] }] }
     * @throws pulumi.InputPropertiesError as {@link toSecret}
     */
    volume(args: VolumeArgs): BindingVolume {
        return this.projections.volume(args, this.volume);
    }

    /** The text of Cloud Foundry's `VCAP_SERVICES` with this one service in it; for several, see {@link toVcapServices}. */
    toVcapServices(): pulumi.Output<string> {
        return toVcapServices({ [this.name]: this });
    }
}

/** Something with a binding: a binding itself, or a service, which stands for its own default binding. */
export type Bindable = ServiceBinding | { readonly binding: ServiceBinding };

/**
 * All bindings as one secret stack output, by the names given here.
 *
 * @example export const bindings = exportBindings({ orders, reports });
 */
export function exportBindings(bindings: Readonly<Record<string, Bindable>>): pulumi.Output<Record<string, BindingValues>> {
    return pulumi.secret(pulumi.all(Object.fromEntries(Object.entries(bindings).map(([name, bindable]) => [name, toBinding(bindable).values]))));
}

/** The text of Cloud Foundry's `VCAP_SERVICES` for several bindings, grouped by type; the names given here are the instance names. Secret. */
export function toVcapServices(bindings: Readonly<Record<string, Bindable>>): pulumi.Output<string> {
    return exportBindings(bindings).apply((all) => {
        const services: Record<string, object[]> = {};
        for (const [name, values] of Object.entries(all)) {
            const group = services[values.type] ?? [];
            services[values.type] = group;
            group.push({ name, instance_name: name, label: values.type, tags: [values.type, values.provider], credentials: vcapCredentials(values) });
        }
        return JSON.stringify(services);
    });
}

/** Cloud Foundry's words beside ours: `hostname`, `name` (of the database) and `jdbcUrl` are what its buildpacks look for. */
function vcapCredentials(values: BindingValues): object {
    return {
        ...values,
        hostname: values.host,
        ...(values.database === undefined ? {} : { name: values.database }),
        ...(values["jdbc-uri"] === undefined ? {} : { jdbcUrl: values["jdbc-uri"] }),
    };
}

/** @internal The values as they stand in a Secret, an environment or a map of texts. */
export function toText(values: BindingValues): Record<string, string> {
    return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]));
}

function toBinding(bindable: Bindable): ServiceBinding {
    return "binding" in bindable ? bindable.binding : bindable;
}

function variableName(name: string): string {
    return name.toUpperCase().replace(/[^A-Z0-9]+/g, "_");
}

function toValues(
    parts: BindingParts,
    uriParts: UriParts,
    endpoint: { certificates: string | undefined; managementUri: string | undefined; readerHost: string | undefined },
): BindingValues {
    const pathKey = pathKeys[parts.kind];
    return {
        type: types[parts.kind],
        provider: parts.backend,
        host: uriParts.host,
        port: uriParts.port,
        username: uriParts.username,
        password: uriParts.password,
        ...(pathKey && parts.path !== undefined ? { [pathKey]: parts.path } : {}),
        ...uris(parts.kind, uriParts),
        tls: uriParts.tls,
        ...(endpoint.certificates === undefined ? {} : { certificates: endpoint.certificates }),
        ...(endpoint.managementUri === undefined ? {} : { "management-uri": endpoint.managementUri }),
        ...(endpoint.readerHost === undefined ? {} : { "reader-host": endpoint.readerHost }),
    };
}

function uris(kind: ServiceKind, parts: UriParts): { uri: string; "jdbc-uri"?: string } {
    switch (kind) {
        case "database":
            return { uri: postgresqlUri(parts), "jdbc-uri": jdbcUri(parts) };
        case "queue":
            return { uri: amqpUri(parts) };
        case "cache":
            return { uri: redisUri(parts) };
        default: {
            const never: never = kind;
            throw new Error(`unknown kind of service ${never}`);
        }
    }
}
