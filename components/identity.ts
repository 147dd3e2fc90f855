import type * as pulumi from "@pulumi/pulumi";
import type { ServiceKind } from "./backend";
import type { Durability } from "./durability";
import { HostResource } from "./host-resource";

/** Plain facts of a service, compared with those of the last `up`. */
export interface IdentityFacts {
    readonly service: string;
    readonly kind: ServiceKind;
    readonly backend: string;
    /** The major version that the user named; absent: whatever runs stays. */
    readonly version?: string;
    readonly storageGb: number;
    readonly durability: Durability;
    /** The database or vhost within the server. */
    readonly path?: string;
    /** The losses that the user accepts, by name. */
    readonly allowDataLoss: readonly DataLoss[];
}

/** A change that loses or may lose data, by the name under which it is allowed. */
export const DataLoss = {
    /** The service starts empty on another backend. */
    BackendChange: "backend-change",
    /** The service starts empty in another database or vhost of the same server; the old one stays there, without a binding. */
    NameChange: "name-change",
    /** The service is replaced by an empty one on the same backend: what changes can't be changed in place. */
    Replacement: "replacement",
} as const;
export type DataLoss = (typeof DataLoss)[keyof typeof DataLoss];

/**
 * What a service was at its last `up`: one small resource beside each service, the same on every backend. Its provider refuses, at
 * preview, changes that would lose data, and gives the service a random `instanceId` for life.
 */
export class Identity extends HostResource {
    declare readonly instanceId: pulumi.Output<string>;

    constructor(name: string, facts: IdentityFacts, opts: pulumi.CustomResourceOptions) {
        super("Identity", "identity", name, { ...facts, instanceId: undefined }, opts);
    }
}
