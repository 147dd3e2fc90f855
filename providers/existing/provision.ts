import * as pulumi from "@pulumi/pulumi";
import type { Context, Service, ServiceSpec } from "../../components/backend";
import { RemoteServer, RemoteUser, type ServerAccessArgs } from "../remote/resources";
import { certificatesOf, serverOf } from "./check";
import type { ExistingConfig, ExistingServer } from "./config";

/** What only one kind takes. */
export interface KindInputs {
    /** Where clients connect unless the environment says otherwise. */
    readonly defaultPort: number;
    /** The major versions that are supported. */
    readonly versions: readonly string[];
    /** The database or vhost that bindings lead to. */
    readonly path?: string;
    /** What the server must have. */
    readonly evictionPolicy?: string | undefined;
}

/** A server that is looked at, its database or vhost, and one user for each binding. */
export function provisionServer(ctx: Context, config: ExistingConfig, spec: ServiceSpec, { defaultPort, versions, path, evictionPolicy }: KindInputs): Service {
    // What was checked before anything was registered.
    const server = serverOf(config, ctx.service).server as ExistingServer;
    const certificates = certificatesOf(server);
    const access: ServerAccessArgs = {
        kind: ctx.kind,
        service: ctx.service,
        host: server.host,
        port: server.port ?? defaultPort,
        servername: server.servername,
        certificates,
        managementHost: server.managementHost,
        managementPort: server.managementPort,
        bastion: server.bastion,
        admin: server.admin,
    };
    // Not "stateful": deleting it deletes nothing of the server, so it needs no protection.
    const mark = ctx.instanceId.apply((id) => `pulumi-data-services ${id} ${pulumi.getProject()}/${pulumi.getStack()} ("${ctx.service}")`);
    const remote = new RemoteServer(
        ctx.childName(),
        { ...access, path, version: spec.version, versions, evictionPolicy, allowDataLoss: spec.allowDataLoss, ...(path === undefined ? {} : { mark }) },
        ctx.options("support"),
    );
    return {
        endpoint: {
            host: remote.host,
            port: remote.port,
            tls: true,
            certificates: certificates === undefined ? undefined : pulumi.output(certificates),
            ...(ctx.kind === "queue" ? { managementUri: remote.managementUri as pulumi.Output<string> } : {}),
        },
        version: remote.runningVersion,
        bind: (bindingCtx, { name, username, access: level, password, rotation, permissions, keys }) =>
            new RemoteUser(
                `${name}-user`,
                { server: access, path, username, access: level, password, rotation, permissions, keys },
                bindingCtx.options("support", { dependsOn: [remote] }),
            ),
    };
}
