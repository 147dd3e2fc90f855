import * as pulumi from "@pulumi/pulumi";

/**
 * A resource whose create, update and delete are code of this package, run by Pulumi's dynamic-provider host.
 *
 * It is `pulumi.dynamic.Resource` without the serialised closure: what is stored in the state is one line that loads the code from
 * the installed package. So the state stays small, previews don't pay for serialising code, a fix in the package reaches resources
 * that exist already, and no secret can be captured.
 */
export abstract class HostResource extends pulumi.CustomResource {
    /**
     * @param type the part of the type token after `pulumi-nodejs:dynamic/data-services:`
     * @param provider a path of {@link hostProviders}
     */
    protected constructor(type: string, provider: string, name: string, props: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
        // For each property the SDK keeps four stacks, to name promises that never end; formatting them was a third of a preview's time.
        const { stackTraceLimit } = Error;
        Error.stackTraceLimit = 0;
        try {
            super(`pulumi-nodejs:dynamic/data-services:${type}`, name, { ...props, __provider: providerSource(provider) }, opts);
        } finally {
            Error.stackTraceLimit = stackTraceLimit;
        }
    }
}

/**
 * The host evaluates this text in the directory of the Pulumi program, which is where the package is installed. Its wording is
 * recorded in every state: it must keep working for as long as the package has users.
 */
function providerSource(provider: string): string {
    return `exports.handler = () => require("pulumi-data-services/host").provider(${JSON.stringify(provider)});`;
}
