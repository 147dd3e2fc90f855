import type * as pulumi from "@pulumi/pulumi";
import type { Context, ResourcePurpose, ServiceKind } from "./backend";
import { type Durability, isProtected } from "./durability";

/** The context of one service; see {@link Context}. */
export function createContext(
    component: pulumi.ComponentResource,
    kind: ServiceKind,
    service: string,
    durability: Durability,
    instanceId: pulumi.Output<string>,
): Context {
    return {
        kind,
        service,
        durability,
        instanceId,
        childName: (role) => (role === undefined ? service : `${service}-${role}`),
        options: (purpose: ResourcePurpose, more = {}) => ({
            ...more,
            parent: component,
            ...(purpose === "stateful" ? { protect: isProtected(durability) } : {}),
        }),
    };
}
