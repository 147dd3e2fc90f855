import type * as pulumi from "@pulumi/pulumi";

/** Where a binding goes. */
export interface ProjectionArgs {
    /**
     * The namespace of the pods that use the binding. It must exist, or be named in `dependsOn`. A plain text, for names in the state are made
     * of it. A change makes a new Secret and then removes the old one.
     */
    namespace: string;
    /**
     * The cluster, as a Provider of `@pulumi/kubernetes`. In another cluster than the service's own, pods reach the service only where its host
     * leads there.
     *
     * @default the cluster that the service itself runs in, whose NetworkPolicy then lets the namespace connect; else Pulumi's default Kubernetes provider
     */
    provider?: pulumi.ProviderResource;
    /** What must be there first, such as the namespace. @default nothing */
    dependsOn?: pulumi.Resource | pulumi.Resource[];
}

/** The arguments of `toSecret()`. */
export interface SecretArgs extends ProjectionArgs {
    /**
     * The Secret's own name, for consumers that this program doesn't make. Such a Secret keeps its name when a value changes, and nothing rolls
     * over to it by itself; a binding with a `rotation` refuses it.
     *
     * @default a new name whenever a value changes, so that whatever in this program uses the Secret rolls over to the new one
     */
    name?: string;
}

/** The arguments of `envFrom()`. */
export interface EnvFromArgs extends ProjectionArgs {
    /** The beginning of each variable: `DB` gives `DB_HOST`. A change makes a new Secret. @default the binding's name in upper case, such as `ORDERS_REPORTS` */
    prefix?: string;
}

/** The arguments of `volume()`. */
export interface VolumeArgs extends SecretArgs {
    /** The directory of all bindings in the container. @default "/bindings" */
    root?: string;
}

/** An item of a container's `envFrom`. */
export interface BindingEnvFrom {
    readonly secretRef: { readonly name: pulumi.Output<string> };
}

/** What a pod needs to read a binding from files, one file for each key, as servicebinding.io lays them out. */
export interface BindingVolume {
    /** An item of the pod's `volumes`. */
    readonly volume: { readonly name: string; readonly secret: { readonly secretName: pulumi.Output<string> } };
    /** An item of the container's `volumeMounts`: read-only, at `<root>/<binding>`. */
    readonly volumeMount: { readonly name: string; readonly mountPath: string; readonly readOnly: true };
    /** An item of the container's `env`: `SERVICE_BINDING_ROOT`. Once for all bindings of a container. */
    readonly env: { readonly name: "SERVICE_BINDING_ROOT"; readonly value: string };
}

/** A binding as a Secret in a namespace of a cluster. */
export interface BindingSecret {
    /** The Secret's own name. */
    readonly name: pulumi.Output<string>;
    readonly namespace: string;
    /** The Secret, for `dependsOn` and the like. */
    readonly resource: pulumi.CustomResource;
    /** As the binding's `envFrom()`, in the same namespace of the same cluster. It makes a second Secret, whose keys are the variables. */
    envFrom(args?: Pick<EnvFromArgs, "prefix">): BindingEnvFrom;
    /** As the binding's `volume()`, with this Secret. */
    volume(args?: Pick<VolumeArgs, "root">): BindingVolume;
}
