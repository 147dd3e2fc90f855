import type * as pulumi from "@pulumi/pulumi";
import { HostResource } from "../../components/host-resource";
import type { VmServerInputs } from "./server/server-provider";
import type { VmUserInputs } from "./server/user-provider";

/** The same shape with Outputs in it. */
type Resolvable<Shape> = { readonly [Key in keyof Shape]: pulumi.Input<Shape[Key]> | undefined };

/** One server on a host, kept in its declared state. */
export class VmServer extends HostResource {
    /** The port that clients connect to. */
    declare readonly actualPort: pulumi.Output<number>;
    /** The port on which the server is administered, through SSH. */
    declare readonly adminPort: pulumi.Output<number>;
    /** The full version, as the server tells it. */
    declare readonly runningVersion: pulumi.Output<string>;
    /** The authority's certificate, PEM. */
    declare readonly authority: pulumi.Output<string>;
    /** Secret. */
    declare readonly adminPassword: pulumi.Output<string>;

    constructor(name: string, inputs: Resolvable<VmServerInputs>, opts: pulumi.CustomResourceOptions) {
        const outputs = {
            ...{ actualPort: undefined, adminPort: undefined, runningVersion: undefined, status: undefined },
            ...{ adminPassword: undefined, authority: undefined, authorityKey: undefined, certificate: undefined, certificateKey: undefined },
        };
        const additionalSecretOutputs = ["adminPassword", "authorityKey", "certificateKey"];
        super("VmServer", "vm-server", name, { ...inputs, ...outputs }, { ...opts, additionalSecretOutputs });
    }
}

/** One user of a server on a host. */
export class VmUser extends HostResource {
    declare readonly username: pulumi.Output<string>;
    /** Secret. */
    declare readonly password: pulumi.Output<string>;

    constructor(name: string, inputs: Resolvable<VmUserInputs>, opts: pulumi.CustomResourceOptions) {
        super("VmUser", "vm-user", name, { password: undefined, ...inputs }, { ...opts, additionalSecretOutputs: ["password"] });
    }
}
