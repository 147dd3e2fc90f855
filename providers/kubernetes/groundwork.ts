import * as pulumi from "@pulumi/pulumi";
import type { Context, ResourcePurpose, Service, ServiceRequest, ServiceSpec } from "../../components/backend";
import { hash, identifier } from "../../components/names";
import { didYouMean, type Problem, show } from "../../components/validation";
import type { ExternalConfig, KubernetesConfig } from "./config";
import { imagesOf, serverOf, versionsOf } from "./images";
import { admissionPolicy } from "./network";
import { type PlacedCluster, placedCluster, placementProblems } from "./placement";
import { clusterProvider } from "./provider";
import { KubernetesInstance, KubernetesServer, KubernetesUser } from "./resources";
import { addressInCluster } from "./server/addresses";
import type { Demands, ServerAddress } from "./server/inputs";

/** How one kind is laid out. */
export interface Layout {
    /** Kinds of objects that an operator brings. */
    readonly definitions: Demands["definitions"];
    /** How many servers. */
    readonly instances: number;
}

/** What the objects of one service have in common. */
export interface Groundwork {
    readonly ctx: Context;
    readonly spec: ServiceSpec;
    readonly config: KubernetesConfig;
    readonly placed: PlacedCluster;
    readonly provider: pulumi.ProviderResource;
    readonly instance: KubernetesInstance;
    readonly instances: number;
    /** The name of the main object, 45 characters at most. Known once the cluster was found fit. */
    readonly name: pulumi.Output<string>;
    readonly namespace: string;
    readonly image: pulumi.Output<string>;
    readonly spread: "required" | "preferred";
    readonly external: ExternalConfig | undefined;
    /** Kubernetes' recommended labels, and the tags. */
    readonly labels: Readonly<Record<string, pulumi.Input<string>>>;
    /** `metadata` of an object: named as the service, or `<name>-<role>`. */
    metadata(role?: string): { name: pulumi.Output<string>; namespace: string; labels: Record<string, pulumi.Input<string>> };
    options(purpose: ResourcePurpose, more?: pulumi.CustomResourceOptions): pulumi.CustomResourceOptions;
}

/** What is wrong with a request, whatever the kind. */
export function commonProblems(kind: Context["kind"], request: ServiceRequest<KubernetesConfig, ServiceSpec>): Problem[] {
    const problems = placementProblems(request);
    if (problems.length > 0) {
        return problems;
    }
    const { version } = request.spec;
    const offered = versionsOf(serverOf[kind], placedCluster(request.config, request.service).settings);
    if (version !== undefined && !offered.includes(version)) {
        problems.push({
            property: "version",
            reason: `the environment's images have no ${serverOf[kind]} of version ${show(version)}${didYouMean(version, offered)} They have: ${offered.join(", ")}.`,
        });
    }
    return problems;
}

/** The checks of the cluster, and what all objects of the service are made of. */
export function layGroundwork(ctx: Context, config: KubernetesConfig, spec: ServiceSpec, layout: Layout): Groundwork {
    const placed = placedCluster(config, ctx.service);
    const { settings, namespace, connection } = placed;
    const server = serverOf[ctx.kind];
    const spread = settings.antiAffinity ?? (spec.durability === "critical" ? "required" : "preferred");
    const external = config.external?.[ctx.service];
    const instance = new KubernetesInstance(
        ctx.childName("instance"),
        {
            connection,
            namespace,
            kind: ctx.kind,
            service: ctx.service,
            // The 63 characters of a label are for a StatefulSet "<name>-server" and the 11 that its controller appends in labels of pods.
            name: ctx.instanceId.apply((id) => `${identifier(ctx.service, "-", 36)}-${id}`),
            version: spec.version,
            newestVersion: versionsOf(server, settings).at(-1) as string,
            allowMajorUpgrade: spec.allowMajorUpgrade,
            allowDataLoss: spec.allowDataLoss,
            hostnames: external === undefined ? [] : [external.hostname],
            demands: {
                definitions: layout.definitions,
                ...(settings.storageClass === undefined ? {} : { storageClass: settings.storageClass }),
                storageGb: spec.size.storageGb,
                cpu: spec.size.cpu,
                memoryGb: spec.size.memoryGb,
                instances: layout.instances,
                spread,
                nodeSelector: settings.nodeSelector ?? {},
                autoscaling: settings.autoscaling ?? false,
            },
        },
        ctx.options("support"),
    );
    // Not the output, which a preview of an update doesn't know.
    const name = instance.id.apply((id) => id.slice(id.indexOf("/") + 1));
    const provider = clusterProvider(connection);
    const images = imagesOf(server, settings);
    const labels = {
        ...spec.tags,
        "app.kubernetes.io/managed-by": "pulumi-data-services",
        "app.kubernetes.io/part-of": identifier(ctx.service, "-", 63),
    };
    return {
        ctx,
        spec,
        config,
        placed,
        provider,
        instance,
        instances: layout.instances,
        name,
        namespace,
        image: instance.version.apply((version) => images[version] ?? `no image of ${server} ${version}`),
        spread,
        external,
        labels,
        metadata: (role) => ({ name: role === undefined ? name : pulumi.interpolate`${name}-${role}`, namespace, labels: { ...labels } }),
        options: (purpose, more) => ctx.options(purpose, { ...more, provider }),
    };
}

/** What stands when all objects of a service are declared. */
export interface Declared {
    /** All of them: the server is waited for once they are there. */
    readonly objects: readonly pulumi.Resource[];
    /** The one whose deletion ends the server, and its users with it. */
    readonly main: pulumi.Resource;
    /** The database or vhost that bindings lead to. */
    readonly path?: string;
    /** The server's settings that must be in force before `up` is over. */
    readonly settings: Readonly<Record<string, string>>;
    /** The labels of the pods that clients connect to, and the ports there. */
    readonly clients: { readonly podLabels: Readonly<Record<string, pulumi.Input<string>>>; readonly ports: readonly number[] };
    /** The role of the object whose Service clients connect to. @default the server's own Service */
    readonly front?: string;
    /** Whatever else the objects depend on, plain: a change of it is waited for. */
    readonly revision: unknown;
}

/**
 * The address, once the server is there. From names, since a preview of an update knows no output of the server's: every Secret and Deployment
 * that has the address would seem to change with any of its settings.
 */
function addressOf({ ctx, name, namespace, instances }: Groundwork, server: KubernetesServer, front: string | undefined): pulumi.Output<ServerAddress> {
    return pulumi.all([name, server.id]).apply(([known]) => addressInCluster(ctx.kind, { name: known, namespace, instances, front }));
}

/** Waits for the server behind the objects; what comes out can be bound. */
export function serve(ground: Groundwork, declared: Declared): Service {
    const { ctx, spec, placed, instance, namespace, provider, external } = ground;
    const access = {
        connection: placed.connection,
        namespace,
        kind: ctx.kind,
        service: ctx.service,
        name: ground.name,
        adminPassword: instance.adminPassword,
        certificates: instance.authority,
    };
    const server = new KubernetesServer(
        ctx.childName("server"),
        {
            ...access,
            path: declared.path,
            image: ground.image,
            instances: ground.instances,
            storageGb: spec.size.storageGb,
            settings: declared.settings,
            durability: spec.durability,
            externalHost: external?.hostname,
            front: declared.front,
            revision: hash(JSON.stringify([spec, placed.settings, external, declared.revision])),
        },
        // It holds no data itself, but it is what keeps the volumes when the service goes: nothing may remove it alone.
        ctx.options("stateful", { dependsOn: [...declared.objects] }),
    );
    const admitted = new Set<string>();
    const address = external === undefined ? addressOf(ground, server, declared.front) : server;
    return {
        endpoint: {
            host: address.host,
            port: address.port,
            tls: true,
            certificates: instance.authority,
            ...(ctx.kind === "queue" ? { managementUri: address.managementUri as pulumi.Output<string> } : {}),
            ...(ctx.kind === "database" && ground.instances > 1 ? { readerHost: address.readerHost as pulumi.Output<string> } : {}),
        },
        version: server.runningVersion,
        bind: (bindingCtx, { name, username, access: level, password, rotation, permissions, keys }) =>
            new KubernetesUser(
                `${name}-user`,
                { server: pulumi.output(access), path: declared.path, username, access: level, password, rotation, permissions, keys },
                // Users go with their server: a destroy that its protection refuses takes nobody's access away.
                bindingCtx.options("support", { dependsOn: [server], deletedWith: declared.main }),
            ),
        cluster: {
            provider,
            namespace,
            admit(from) {
                if (!admitted.has(from) && from !== namespace) {
                    admitted.add(from);
                    admissionPolicy(ground, from, declared.clients);
                }
            },
        },
    };
}
