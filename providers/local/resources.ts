import type * as pulumi from "@pulumi/pulumi";
import { HostResource } from "../../components/host-resource";

/** One server process on this machine with its data directory. */
export class LocalServer extends HostResource {
    declare readonly directory: pulumi.Output<string>;
    declare readonly host: pulumi.Output<string>;
    declare readonly actualPort: pulumi.Output<number>;
    declare readonly managementUri: pulumi.Output<string | undefined>;
    declare readonly actualVersion: pulumi.Output<string>;
    declare readonly certificates: pulumi.Output<string>;
    declare readonly certificatesFile: pulumi.Output<string>;

    constructor(name: string, inputs: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
        const outputs = {
            directory: undefined,
            host: undefined,
            actualPort: undefined,
            managementUri: undefined,
            actualVersion: undefined,
            certificates: undefined,
            certificatesFile: undefined,
        };
        super("LocalServer", "local-server", name, { ...inputs, ...outputs }, opts);
    }
}

/** One user of a local server. */
export class LocalUser extends HostResource {
    declare readonly username: pulumi.Output<string>;
    declare readonly password: pulumi.Output<string>;

    constructor(name: string, inputs: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
        super("LocalUser", "local-user", name, { password: undefined, ...inputs }, { ...opts, additionalSecretOutputs: ["password"] });
    }
}
