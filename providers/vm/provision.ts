import * as pulumi from "@pulumi/pulumi";
import type { Context, Service, ServiceSpec } from "../../components/backend";
import { identifier } from "../../components/names";
import type { VmConfig } from "./config";
import { placedHost } from "./placement";
import { VmServer, VmUser } from "./resources";
import type { Backups } from "./server/server-provider";

/** What only one kind of server takes. */
export interface KindInputs {
    /** The database or vhost that bindings lead to. */
    readonly path?: string;
    /** The server's own settings, with what the size implies. */
    readonly settings: Readonly<Record<string, string>>;
    readonly backups?: Backups;
}

/** One server for the service, and one user for each binding. The three kinds differ only in what they hand over here. */
export function provisionServer(ctx: Context, config: VmConfig, spec: ServiceSpec, { path, settings, backups }: KindInputs): Service {
    const placed = placedHost(config, ctx.service);
    const access =
        placed.access.login.privateKey === undefined && placed.access.login.jump?.privateKey === undefined ? placed.access : pulumi.secret(placed.access);
    const server = new VmServer(
        ctx.childName(),
        {
            access,
            kind: ctx.kind,
            service: ctx.service,
            project: pulumi.getProject(),
            stack: pulumi.getStack(),
            // Units of systemd take a "-" for a path, so names have none.
            name: ctx.instanceId.apply((instance) => `${identifier(ctx.service, "_", 36)}_${instance}`),
            machine: undefined,
            version: spec.version,
            endpoint: placed.endpoint,
            port: config.ports?.[ctx.service],
            cidrs: placed.cidrs,
            restart: placed.restart,
            durability: spec.durability,
            allowDataLoss: spec.allowDataLoss,
            cpu: spec.size.cpu,
            memoryGb: spec.size.memoryGb,
            storageGb: spec.size.storageGb,
            settings,
            path,
            backups,
        },
        ctx.options("stateful"),
    );
    const reached = pulumi.output({
        access,
        kind: ctx.kind,
        service: ctx.service,
        adminPort: server.adminPort,
        adminPassword: server.adminPassword,
        certificates: server.authority,
    });
    return {
        endpoint: {
            host: pulumi.output(placed.endpoint),
            port: server.actualPort,
            tls: true,
            certificates: server.authority,
            ...(ctx.kind === "queue" ? { managementUri: pulumi.interpolate`https://${bracketed(placed.endpoint)}:${server.adminPort}` } : {}),
        },
        version: server.runningVersion,
        bind: (bindingCtx, { name, username, access: level, password, rotation, permissions, keys }) =>
            new VmUser(
                `${name}-user`,
                { server: reached, path, username, access: level, password, rotation, permissions, keys },
                // Users go with their server: a destroy that its protection refuses takes nobody's access away.
                bindingCtx.options("support", { deletedWith: server }),
            ),
    };
}

function bracketed(host: string): string {
    return host.includes(":") ? `[${host}]` : host;
}
