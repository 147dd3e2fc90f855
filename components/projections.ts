import * as pulumi from "@pulumi/pulumi";
import type { JsonSchema, ServiceCluster } from "./backend";
import { identifier } from "./names";
import type { BindingEnvFrom, BindingSecret, BindingVolume, EnvFromArgs, ProjectionArgs, SecretArgs, VolumeArgs } from "./projection";
import { show, throwProblems, validate } from "./validation";

/** What projections need to know of a binding and of its service. */
export interface Projectable {
    /** The binding's name. */
    readonly name: string;
    readonly service: string;
    /** The type of the binding, as servicebinding.io has it. */
    readonly type: string;
    /** The binding's values by key, secret. */
    readonly values: () => pulumi.Output<Record<string, string>>;
    /** The same as environment variables. */
    readonly variables: (prefix: string | undefined) => pulumi.Output<Record<string, string>>;
    readonly rotates: boolean;
    readonly tags: Readonly<Record<string, string>>;
    /** The cluster that the service runs in, where it runs in one. */
    readonly cluster: ServiceCluster | undefined;
    /** Parent and the like of what is made for the binding. */
    readonly options: (more: pulumi.CustomResourceOptions) => pulumi.CustomResourceOptions;
}

interface Made {
    readonly provider: pulumi.ProviderResource | undefined;
    readonly name: pulumi.Output<string>;
    readonly resource: pulumi.CustomResource;
}

const any: JsonSchema = {};
const common: Readonly<Record<string, JsonSchema>> = {
    namespace: {
        type: "string",
        pattern: "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$",
        description: 'the name of a namespace (lower-case letters, digits and "-", 63 characters at most)',
    },
    provider: any,
    dependsOn: any,
};
const secretProperties: Readonly<Record<string, JsonSchema>> = {
    ...common,
    name: {
        type: "string",
        pattern: "^(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$",
        description: 'a DNS name (lower-case letters, digits, "-" and ".", 253 characters at most)',
    },
};
const secretSchema = schemaOf(secretProperties);
const envFromSchema = schemaOf({
    ...common,
    prefix: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$", description: 'letters, digits and "_", with no digit first' },
});
const volumeSchema = schemaOf({ ...secretProperties, root: { type: "string", pattern: "^/[^:]*$", description: 'an absolute path without ":"' } });

function schemaOf(properties: Readonly<Record<string, JsonSchema>>): JsonSchema {
    return { type: "object", additionalProperties: false, required: ["namespace"], properties };
}

/** All Secrets of one binding. The same arguments give the same Secret. */
export class Projections {
    private readonly binding: Projectable;
    private readonly made = new Map<string, Made>();

    constructor(binding: Projectable) {
        this.binding = binding;
    }

    secret(args: SecretArgs, caller: object): BindingSecret {
        this.check(secretSchema, args, caller);
        const { name, resource } = this.serviceBinding(args, caller);
        const { name: _own, ...place } = args;
        const envFrom: BindingSecret["envFrom"] = (more = {}) => this.envFrom({ ...place, ...more }, envFrom);
        const volume: BindingSecret["volume"] = (more = {}) => this.volume({ ...args, ...more }, volume);
        return { name, namespace: args.namespace, resource, envFrom, volume };
    }

    envFrom(args: EnvFromArgs, caller: object): BindingEnvFrom {
        this.check(envFromSchema, args, caller);
        const { prefix } = args;
        const { name } = this.make(this.logicalName("env", args, prefix), args, caller, {
            type: "Opaque",
            contents: () => this.binding.variables(prefix),
        });
        return { secretRef: { name } };
    }

    volume(args: VolumeArgs, caller: object): BindingVolume {
        this.check(volumeSchema, args, caller);
        const { name: secretName } = this.serviceBinding(args, caller);
        const name = identifier(this.binding.name, "-");
        const root = (args.root ?? "/bindings").replace(/\/+$/, "");
        return {
            volume: { name, secret: { secretName } },
            volumeMount: { name, mountPath: `${root}/${this.binding.name}`, readOnly: true },
            env: { name: "SERVICE_BINDING_ROOT", value: root === "" ? "/" : root },
        };
    }

    private serviceBinding(args: SecretArgs, caller: object): Made {
        const { name } = args;
        return this.make(this.logicalName("secret", args, name), args, caller, {
            type: `servicebinding.io/${this.binding.type}`,
            contents: () => this.binding.values(),
            ...(name === undefined ? {} : { name }),
        });
    }

    private make(
        logicalName: string,
        { namespace, provider, dependsOn = [] }: ProjectionArgs,
        caller: object,
        secret: { type: string; name?: string; contents: () => pulumi.Output<Record<string, string>> },
    ): Made {
        const { service, cluster, tags, options } = this.binding;
        const inOwnCluster = cluster !== undefined && isOwn(provider, cluster);
        const target = inOwnCluster ? cluster.provider : provider;
        const known = this.made.get(logicalName);
        if (known) {
            if (known.provider !== target) {
                const reason = `another provider of this program has the name ${show(nameOf(provider))} too, and the namespace ${show(namespace)} of its cluster has the Secret already. Give one of the two another name.`;
                throwProblems(this.subject, [{ property: "provider", reason }], caller);
            }
            return known;
        }
        if (inOwnCluster) {
            cluster.admit(namespace);
        }
        const { createSecret } = kubernetes();
        const made = createSecret({
            logicalName,
            namespace,
            type: secret.type,
            ...(secret.name === undefined ? {} : { name: secret.name }),
            labels: {
                // Only a service in a cluster has tags that are known to be labels.
                ...(cluster === undefined ? {} : tags),
                "app.kubernetes.io/managed-by": "pulumi-data-services",
                "app.kubernetes.io/part-of": identifier(service, "-"),
                "app.kubernetes.io/instance": identifier(this.binding.name, "-"),
            },
            contents: secret.contents(),
            options: options({ dependsOn, ...(target === undefined ? {} : { provider: target }) }),
        });
        const remembered = { ...made, provider: target };
        this.made.set(logicalName, remembered);
        return remembered;
    }

    private check(schema: JsonSchema, args: ProjectionArgs & { name?: string }, caller: object): void {
        // The type is said for the compiler that Pulumi brings along, which reads this file for other languages.
        const given: Partial<ProjectionArgs> & { name?: string } = args ?? {};
        const problems = validate(schema, given, "").filter(({ property }) => property !== "namespace" || !pulumi.Output.isInstance(given.namespace));
        if (pulumi.Output.isInstance(given.namespace)) {
            const reason = "must be a plain text, got an Output, whose value is not known yet. Write the name itself, and put the Namespace into dependsOn.";
            problems.push({ property: "namespace", reason });
        }
        if (given.provider !== undefined && !isKubernetesProvider(given.provider)) {
            problems.push({ property: "provider", reason: 'must be a Provider of "@pulumi/kubernetes".' });
        }
        if (given.name !== undefined && this.binding.rotates) {
            const reason =
                "the binding has a rotation, and each rotation needs a Secret beside the old one, for pods to roll over to. " +
                "Remove name, and take the Secret's own name from toSecret().name; or remove rotation.";
            problems.push({ property: "name", reason });
        }
        throwProblems(this.subject, [...problems, ...kubernetes().missingSdk()], caller);
    }

    private get subject(): string {
        return `The Secret of the binding ${show(this.binding.name)}`;
    }

    /** A contract: `<binding>-<role>-[<provider>.]<namespace>[.<more>]`, in letters that Kubernetes takes, for the Secret's own name begins with it. */
    private logicalName(role: string, { namespace, provider }: ProjectionArgs, more: string | undefined): string {
        const { name, cluster } = this.binding;
        const elsewhere = provider === undefined || isOwn(provider, cluster) ? "" : `${identifier(nameOf(provider), "-", 30)}.`;
        return `${identifier(name, "-")}-${role}-${elsewhere}${namespace}${more === undefined ? "" : `.${identifier(more, "-", 30)}`}`;
    }
}

/** The one file that loads the SDK, when the first Secret is asked for. */
function kubernetes(): typeof import("../providers/kubernetes/projection") {
    return require("../providers/kubernetes/projection");
}

function isOwn(provider: pulumi.ProviderResource | undefined, cluster: ServiceCluster | undefined): boolean {
    return provider === undefined || provider === cluster?.provider;
}

function isKubernetesProvider(provider: unknown): boolean {
    return pulumi.Resource.isInstance(provider) && pulumi.resourceType(provider) === "pulumi:providers:kubernetes";
}

function nameOf(provider: pulumi.ProviderResource | undefined): string {
    return provider === undefined ? "default" : pulumi.resourceName(provider);
}
