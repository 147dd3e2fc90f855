import type * as pulumi from "@pulumi/pulumi";
import { HostResource } from "../../components/host-resource";
import type { InstanceInputs } from "./server/inputs";

/** The same shape with Outputs in it. */
type Resolvable<Shape> = { readonly [Key in keyof Shape]: pulumi.Input<Shape[Key]> | undefined };

/**
 * What a service was at its last `up`, as far as AWS can't change it: every AWS resource takes its outputs, so nothing changes where a check
 * fails. All outputs are inputs that `check` has completed, which makes them known in every preview but the first.
 */
export class AwsInstance extends HostResource {
    /** The name of the service's AWS resources, 32 characters at most; another one where a service was replaced with the user's consent. */
    declare readonly name: pulumi.Output<string>;
    /** The major version. */
    declare readonly version: pulumi.Output<string>;
    /** What this package chose for the service at its first `up`, by what it was chosen for. Newer choices don't move it. */
    declare readonly choices: pulumi.Output<Record<string, string>>;

    constructor(name: string, inputs: Resolvable<InstanceInputs>, opts: pulumi.CustomResourceOptions) {
        super("AwsInstance", "aws-instance", name, { name: undefined, ...inputs }, opts);
    }
}

/** A password that is made once. */
export class AwsPassword extends HostResource {
    /** Secret. */
    declare readonly password: pulumi.Output<string>;

    /** @param owner whose password it is: another one has another password */
    constructor(name: string, owner: pulumi.Input<string>, opts: pulumi.CustomResourceOptions) {
        super("AwsPassword", "aws-password", name, { owner, password: undefined }, { ...opts, additionalSecretOutputs: ["password"] });
    }
}
