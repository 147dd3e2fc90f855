import * as pulumi from "@pulumi/pulumi";
import { HostResource } from "../../components/host-resource";
import type { AdminLogin, Bastion, ServerAccess } from "./access";
import type { RemoteServerInputs } from "./server/inputs";
import type { RemoteUserInputs } from "./server/user-provider";

/** The same shape with Outputs in it. */
type Resolvable<Shape> = { readonly [Key in keyof Shape]: pulumi.Input<Exclude<Shape[Key], undefined>> | undefined };

/** {@link ServerAccess} with Outputs in it. */
export type ServerAccessArgs = Resolvable<Omit<ServerAccess, "admin" | "bastion">> & {
    readonly admin: pulumi.Input<Resolvable<AdminLogin>>;
    readonly bastion?: pulumi.Input<Resolvable<Bastion>> | undefined;
};

/** What a {@link RemoteServer} takes. */
export type RemoteServerArgs = ServerAccessArgs & Resolvable<Omit<RemoteServerInputs, keyof ServerAccess>>;

/** What a {@link RemoteUser} takes; `server` is what the server itself was made with. */
export type RemoteUserArgs = Resolvable<Omit<RemoteUserInputs, "server">> & { readonly server: ServerAccessArgs };

/**
 * A networked server that others run: it is there once the server answers, encrypts, lets the administrator in, runs a version that fits, and has the
 * database or vhost. Nothing of the server is removed with it.
 */
export class RemoteServer extends HostResource {
    declare readonly host: pulumi.Output<string>;
    declare readonly port: pulumi.Output<number>;
    /** Queues: the base URL of RabbitMQ's management API. */
    declare readonly managementUri: pulumi.Output<string | undefined>;
    /** The full version, as the server tells it. */
    declare readonly runningVersion: pulumi.Output<string>;

    constructor(name: string, args: RemoteServerArgs, opts: pulumi.CustomResourceOptions) {
        super(
            "RemoteServer",
            "remote-server",
            name,
            { ...secretly(args), managementUri: undefined, runningVersion: undefined },
            withSecrets(opts, ["admin", "bastion"]),
        );
    }
}

/** One user of such a server. Deleting it removes the user, and no data. */
export class RemoteUser extends HostResource {
    declare readonly username: pulumi.Output<string>;
    /** Secret. */
    declare readonly password: pulumi.Output<string>;

    constructor(name: string, { server, ...args }: RemoteUserArgs, opts: pulumi.CustomResourceOptions) {
        super("RemoteUser", "remote-user", name, { password: undefined, ...args, server: secretly(server) }, withSecrets(opts, ["password"]));
    }
}

/** Who logs in is a secret as a whole: its parts are few, and one that is forgotten would stand in the state. */
function secretly<Args extends ServerAccessArgs>(args: Args): Args {
    const { admin, bastion } = args;
    return { ...args, admin: pulumi.secret(admin), ...(bastion === undefined ? {} : { bastion: pulumi.secret(bastion) }) };
}

function withSecrets(opts: pulumi.CustomResourceOptions, additionalSecretOutputs: string[]): pulumi.CustomResourceOptions {
    return { ...opts, additionalSecretOutputs };
}
