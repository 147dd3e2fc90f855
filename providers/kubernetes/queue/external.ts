import type * as pulumi from "@pulumi/pulumi";
import { type ExternalConfig, ExternalType } from "../config";
import type { Groundwork } from "../groundwork";
import { externalName, ports } from "../server/rabbitmq";

/** The way in from outside the cluster. Only from the allowed addresses, which the network policy knows, too: so the clients' own must reach the pods. */
export function externalService(
    ground: Groundwork,
    { type = ExternalType.LoadBalancer, allowedCidrs, annotations }: ExternalConfig,
    podLabels: Readonly<Record<string, pulumi.Input<string>>>,
): pulumi.Resource {
    const { Service } = require("@pulumi/kubernetes/core/v1") as typeof import("@pulumi/kubernetes/core/v1");
    return new Service(
        ground.ctx.childName("external"),
        {
            metadata: {
                ...ground.metadata("external"),
                name: ground.name.apply(externalName),
                // KubernetesServer waits for it, and for the pods behind it.
                annotations: { ...annotations, "pulumi.com/skipAwait": "true" },
            },
            spec: {
                type,
                selector: { ...podLabels },
                externalTrafficPolicy: "Local",
                ports: [
                    { name: "amqps", port: ports.amqp, targetPort: ports.amqp },
                    { name: "management-tls", port: ports.management, targetPort: ports.management },
                ],
                ...(type === ExternalType.LoadBalancer ? { loadBalancerSourceRanges: [...allowedCidrs] } : {}),
            },
        },
        ground.options("support"),
    );
}
