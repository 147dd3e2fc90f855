import type * as pulumi from "@pulumi/pulumi";
import type { Problem } from "../../components/validation";
import { backend } from "./index";

/** A Secret to make. */
export interface SecretRequest {
    readonly logicalName: string;
    readonly namespace: string;
    readonly type: string;
    /** The Secret's own name; without one it has a new name with each change of its contents. */
    readonly name?: string;
    readonly labels: Readonly<Record<string, string>>;
    /** Texts by key, secret. */
    readonly contents: pulumi.Output<Record<string, string>>;
    readonly options: pulumi.CustomResourceOptions;
}

/**
 * Makes a Secret. One without a name of its own never changes: Pulumi makes another beside it, lets everything that refers to it follow, and
 * removes the old one at the end of the `up`.
 */
export function createSecret({ logicalName, namespace, type, name, labels, contents, options }: SecretRequest): {
    name: pulumi.Output<string>;
    resource: pulumi.CustomResource;
} {
    const { Secret } = require("@pulumi/kubernetes/core/v1/secret") as typeof import("@pulumi/kubernetes/core/v1/secret");
    const resource = new Secret(
        logicalName,
        {
            metadata: { namespace, labels: { ...labels }, ...(name === undefined ? {} : { name }) },
            type,
            ...(name === undefined ? { immutable: true } : {}),
            stringData: contents,
        },
        options,
    );
    return { name: resource.metadata.name, resource };
}

/** What is wrong when the SDK isn't installed. */
export function missingSdk(): Problem[] {
    try {
        require.resolve("@pulumi/kubernetes/package.json");
        return [];
    } catch {
        const range = backend.sdks?.find((sdk) => sdk.package === "@pulumi/kubernetes")?.range;
        return [{ property: "provider", reason: `a Secret needs @pulumi/kubernetes, which is not installed. Run: npm install "@pulumi/kubernetes@${range}"` }];
    }
}
