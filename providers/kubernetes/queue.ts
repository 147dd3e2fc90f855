import * as pulumi from "@pulumi/pulumi";
import type { Context, QueueSpec, Service, ServiceRequest } from "../../components/backend";
import type { Problem } from "../../components/validation";
import type { KubernetesConfig } from "./config";
import { definition } from "./definitions";
import { commonProblems, type Groundwork, layGroundwork, serve } from "./groundwork";
import { clientsOf, externalService, networkPolicy } from "./network";
import { clusterSpec } from "./queue/cluster";
import { configuration, settingProblems } from "./queue/configuration";
import { administrator, ports } from "./queue/names";

export function queueProblems(request: ServiceRequest<KubernetesConfig, QueueSpec>): Problem[] {
    return [...commonProblems("queue", request), ...tagProblems(request.spec.tags), ...settingProblems(request.spec.settings)];
}

/** Labels by which the operator takes orders, such as to leave a queue alone. */
function tagProblems(tags: QueueSpec["tags"]): Problem[] {
    const names = Object.keys(tags).filter((name) => name.startsWith("rabbitmq.com/"));
    return names.map((name) => ({
        property: `tags.${name}`,
        reason: 'is a label of the RabbitMQ cluster operator\'s own. Choose a name without "rabbitmq.com/".',
    }));
}

/** RabbitMQ by its cluster operator: one node, or three that each hold a copy of every quorum queue. */
export function provisionQueue(ctx: Context, config: KubernetesConfig, asked: QueueSpec): Service {
    const spec = withEnoughMemory(asked);
    const ground = layGroundwork(ctx, config, spec, {
        definitions: [definition("rabbitmq.com", "v1beta1", "RabbitmqCluster", "rabbitmqclusters")],
        instances: spec.highAvailability || spec.durability === "critical" ? 3 : 1,
    });
    const settings = configuration(asked);
    const certificate = certificateSecret(ground);
    const admin = adminSecret(ground);
    const podLabels = { "app.kubernetes.io/name": ground.name };
    const network = networkPolicy(ground, undefined, podLabels, [
        { from: clientsOf(ground), ports: ports.clients },
        // The nodes of one service, on whatever port: they share a cookie that lets them do anything to each other.
        { from: [{ podSelector: { matchLabels: podLabels } }], ports: [] },
    ]);
    const { CustomResource } = require("@pulumi/kubernetes/apiextensions") as typeof import("@pulumi/kubernetes/apiextensions");
    const cluster = new CustomResource(
        ctx.childName(),
        {
            apiVersion: "rabbitmq.com/v1beta1",
            kind: "RabbitmqCluster",
            metadata: ground.metadata(),
            spec: clusterSpec(ground, spec, settings, { certificate: certificate.metadata.name, admin: admin.metadata.name }),
        },
        // The volumes of a living service can't change their class.
        ground.options("stateful", { dependsOn: [certificate, admin], ignoreChanges: ["spec.persistence.storageClassName"] }),
    );
    return serve(ground, {
        objects: [
            ...[certificate, admin, network, cluster],
            ...(ground.instances > 1 ? [disruptionBudget(ground, podLabels)] : []),
            ...externalService(ground, podLabels, { amqps: ports.amqp, "management-tls": ports.management }),
        ],
        main: cluster,
        path: spec.vhost,
        settings,
        clients: { podLabels, ports: ports.clients },
        revision: settings,
    });
}

/** Below half a GiB RabbitMQ and the operator's commands beside it don't fit. */
function withEnoughMemory(spec: QueueSpec): QueueSpec {
    return { ...spec, size: { ...spec.size, memoryGb: Math.max(0.5, spec.size.memoryGb) } };
}

function certificateSecret(ground: Groundwork) {
    const { Secret } = require("@pulumi/kubernetes/core/v1") as typeof import("@pulumi/kubernetes/core/v1");
    const { authority, certificate, certificateKey } = ground.instance;
    return new Secret(
        ground.ctx.childName("tls"),
        {
            metadata: ground.metadata("tls"),
            type: "kubernetes.io/tls",
            stringData: { "tls.crt": certificate as pulumi.Output<string>, "tls.key": certificateKey as pulumi.Output<string>, "ca.crt": authority },
        },
        ground.options("support"),
    );
}

/** The administrator, with the keys that the operator would write itself; RabbitMQ makes this user at its first start instead of "guest". */
function adminSecret(ground: Groundwork) {
    const { Secret } = require("@pulumi/kubernetes/core/v1") as typeof import("@pulumi/kubernetes/core/v1");
    const { adminPassword } = ground.instance;
    const host = pulumi.interpolate`${ground.name}.${ground.namespace}.svc`;
    return new Secret(
        ground.ctx.childName("admin"),
        {
            metadata: ground.metadata("admin"),
            stringData: {
                username: administrator,
                password: adminPassword,
                "default_user.conf": pulumi.interpolate`default_user = ${administrator}\ndefault_pass = ${adminPassword}\n`,
                provider: "rabbitmq",
                type: "rabbitmq",
                host,
                port: String(ports.amqp),
                connection_string: pulumi.interpolate`amqps://${administrator}:${adminPassword}@${host}:${ports.amqp}/`,
            },
        },
        ground.options("support"),
    );
}

/** A drained node takes one server at a time, so that quorum queues keep their majority. A single server has none: nodes could never be drained. */
function disruptionBudget(ground: Groundwork, podLabels: Readonly<Record<string, pulumi.Input<string>>>) {
    const { PodDisruptionBudget } = require("@pulumi/kubernetes/policy/v1") as typeof import("@pulumi/kubernetes/policy/v1");
    return new PodDisruptionBudget(
        ground.ctx.childName("disruption"),
        { metadata: ground.metadata("disruption"), spec: { maxUnavailable: 1, selector: { matchLabels: { ...podLabels } } } },
        ground.options("support"),
    );
}
