import * as pulumi from "@pulumi/pulumi";
import type { Context, Service, ServiceSpec } from "../../components/backend";
import type { LocalConfig } from "./config";
import { LocalServer, LocalUser } from "./resources";
import type { EngineName } from "./server/inputs";

/** What only one kind of server takes. */
export interface KindInputs {
    readonly engine: EngineName;
    /** The database or vhost that bindings lead to. */
    readonly path?: string;
    readonly evictionPolicy?: string;
}

/** One server for the service, and one user for each binding. The three kinds differ only in what they hand over here. */
export function provisionServer(ctx: Context, config: LocalConfig, spec: ServiceSpec, kind: KindInputs): Service {
    const server = new LocalServer(
        ctx.childName(),
        {
            ...kind,
            project: pulumi.getProject(),
            stack: pulumi.getStack(),
            service: ctx.service,
            instanceId: ctx.instanceId,
            root: config.directory,
            port: config.ports?.[ctx.service],
            version: spec.version,
            durability: spec.durability,
            cpu: spec.size.cpu,
            memoryGb: spec.size.memoryGb,
            settings: spec.settings,
        },
        ctx.options("stateful"),
    );
    return {
        endpoint: {
            host: server.host,
            port: server.actualPort,
            tls: true,
            certificates: server.certificates,
            certificatesFile: server.certificatesFile,
            ...(kind.engine === "rabbitmq" ? { managementUri: server.managementUri as pulumi.Output<string> } : {}),
        },
        version: server.actualVersion,
        bind: (bindingCtx, { name, username, access, password, rotation, permissions, keys }) =>
            new LocalUser(
                `${name}-user`,
                { engine: kind.engine, path: kind.path, directory: server.directory, username, access, password, rotation, permissions, keys },
                // Users go with their server: a destroy that its protection refuses takes nobody's access away.
                bindingCtx.options("support", { deletedWith: server }),
            ),
    };
}
