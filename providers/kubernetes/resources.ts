import type * as pulumi from "@pulumi/pulumi";
import { HostResource } from "../../components/host-resource";
import type { InstanceInputs, ServerInputs } from "./server/inputs";
import type { KubernetesUserInputs } from "./server/user-provider";

/** The same shape with Outputs in it. */
type Resolvable<Shape> = { readonly [Key in keyof Shape]: pulumi.Input<Shape[Key]> | undefined };

/**
 * What a service has before its first Kubernetes object: a checked place in a cluster, a version, an administrator's password, an authority
 * and a certificate. Everything else takes its outputs, so nothing changes where a check fails.
 */
export class KubernetesInstance extends HostResource {
    /** The name of the service's objects. */
    declare readonly name: pulumi.Output<string>;
    /** The major version. */
    declare readonly version: pulumi.Output<string>;
    /** Secret. */
    declare readonly adminPassword: pulumi.Output<string>;
    /** The authority's certificate, PEM. */
    declare readonly authority: pulumi.Output<string>;
    /** Secret. */
    declare readonly authorityKey: pulumi.Output<string>;
    /** The server's certificate, PEM. Undefined where an operator issues it. */
    declare readonly certificate: pulumi.Output<string | undefined>;
    /** Secret. */
    declare readonly certificateKey: pulumi.Output<string | undefined>;

    constructor(name: string, inputs: Resolvable<InstanceInputs>, opts: pulumi.CustomResourceOptions) {
        const outputs = {
            adminPassword: undefined,
            authority: undefined,
            authorityKey: undefined,
            certificate: undefined,
            certificateKey: undefined,
        };
        const additionalSecretOutputs = ["adminPassword", "authorityKey", "certificateKey"];
        super("KubernetesInstance", "kubernetes-instance", name, { ...inputs, ...outputs }, { ...opts, additionalSecretOutputs });
    }
}

/** The running server behind the Kubernetes objects: it is there when all of them are as asked for and the server says so itself. */
export class KubernetesServer extends HostResource {
    declare readonly host: pulumi.Output<string>;
    declare readonly port: pulumi.Output<number>;
    declare readonly readerHost: pulumi.Output<string | undefined>;
    declare readonly managementUri: pulumi.Output<string | undefined>;
    /** The full version, as the server tells it. */
    declare readonly runningVersion: pulumi.Output<string>;

    constructor(name: string, inputs: Resolvable<ServerInputs>, opts: pulumi.CustomResourceOptions) {
        const outputs = { host: undefined, port: undefined, readerHost: undefined, managementUri: undefined, runningVersion: undefined };
        super("KubernetesServer", "kubernetes-server", name, { ...inputs, ...outputs }, opts);
    }
}

/** One user of a server in a cluster. */
export class KubernetesUser extends HostResource {
    declare readonly username: pulumi.Output<string>;
    /** Secret. */
    declare readonly password: pulumi.Output<string>;

    constructor(name: string, inputs: Resolvable<KubernetesUserInputs>, opts: pulumi.CustomResourceOptions) {
        super("KubernetesUser", "kubernetes-user", name, { password: undefined, ...inputs }, { ...opts, additionalSecretOutputs: ["password"] });
    }
}
