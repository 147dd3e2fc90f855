import type * as pulumi from "@pulumi/pulumi";
import type { Service } from "../../components/backend";
import { RemoteServer, type RemoteServerArgs, RemoteUser } from "../remote/resources";
import { authorityOf } from "./authority";
import type { Groundwork } from "./groundwork";

type Login = Exclude<RemoteServerArgs["admin"], Promise<unknown> | pulumi.Output<unknown>>;
type AdminArgs = { readonly [Key in keyof Login]?: Login[Key] };

/** All the ways to log in, none of them taken. */
const noLogin: Login = {
    ...{ username: undefined, password: undefined, passwordFile: undefined, passwordEnv: undefined },
    ...{ secretArn: undefined, region: undefined, profile: undefined },
};

/** How the server behind the AWS resources is reached. */
export interface Served {
    readonly host: pulumi.Output<string>;
    readonly port: pulumi.Output<number>;
    /** RabbitMQ's management API. */
    readonly management?: { readonly host: pulumi.Output<string>; readonly port: number };
    /** Where the administrator's login comes from. */
    readonly admin: AdminArgs;
    /** The database or vhost that bindings lead to. */
    readonly path: string;
    readonly majors: readonly string[];
    /** The resource whose deletion ends the server, and its users with it. */
    readonly main: pulumi.Resource;
    /** What must be there before anybody can connect. */
    readonly dependsOn: readonly pulumi.Resource[];
}

/**
 * Users over an administrator's connection: the machine that runs `up` reaches the server itself, or through the bastion that the environment
 * names, for as long as each resource takes.
 */
export function bindOver(ground: Groundwork, served: Served): { readonly server: RemoteServer; readonly bind: Service["bind"] } {
    const { ctx, config, spec } = ground;
    const certificates = ctx.kind === "database" ? authorityOf(config) : undefined;
    const access = {
        kind: ctx.kind,
        service: ctx.service,
        host: served.host,
        port: served.port,
        certificates,
        servername: undefined,
        managementHost: served.management?.host,
        managementPort: served.management?.port,
        ...(config.bastion === undefined ? {} : { bastion: { ...config.bastion } }),
        admin: { ...noLogin, ...served.admin },
    };
    const server = new RemoteServer(
        ctx.childName("server"),
        // A new server answers some minutes after AWS says that it is there, where its name has to be told around first.
        {
            ...access,
            path: served.path,
            version: undefined,
            versions: [...served.majors],
            evictionPolicy: undefined,
            // A replaced service is another server without the database, which is what the user allowed; no other change brings one.
            allowDataLoss: [...spec.allowDataLoss, ...(spec.allowDataLoss.includes("replacement") ? ["backend-change"] : [])],
            patienceSeconds: 300,
        },
        ctx.options("support", { dependsOn: [...served.dependsOn], deletedWith: served.main }),
    );
    return {
        server,
        bind: (bindingCtx, { name, username, access: level, password, rotation, permissions, keys }) =>
            new RemoteUser(
                `${name}-user`,
                { server: access, path: served.path, username, access: level, password, rotation, permissions, keys },
                bindingCtx.options("support", { dependsOn: [server], deletedWith: served.main }),
            ),
    };
}
