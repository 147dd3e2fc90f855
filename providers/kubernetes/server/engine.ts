import type { Api } from "./api";
import type { ServerAccess, ServerInputs } from "./server-provider";

/** Where clients find a server; names of the cluster's own DNS, or the external one. */
export interface ServerAddress {
    readonly host: string;
    readonly port: number;
    readonly readerHost?: string;
    readonly managementUri?: string;
}

/** What is asked for and not yet so, in words for the person who waits. */
export interface Pending {
    readonly reason: string;
    /** Waiting longer won't help: someone must do something. @default false */
    readonly hopeless?: boolean;
}

/** One kind of server in a cluster, as seen from the machine that runs `up`. Nothing here needs the cluster's network. */
export interface ServerEngine {
    /** The name of the administrator that this library logs in as. */
    readonly administrator: string;
    /** The pod's port that an administrator's connection goes to. */
    readonly adminPort: number;
    /** The DNS names in the server's certificate, where this library issues it; undefined where an operator does. */
    certificateNames?(name: string, namespace: string): readonly string[];
    /** A label selector of the service's pods and volume claims. */
    selector(name: string): string;
    /** A name in the server's certificate. */
    certificateName(server: ServerAccess): string;
    /** The pod that takes writes; undefined while there is none. */
    primaryPod(api: Api, server: ServerAccess): Promise<string | undefined>;
    /**
     * What the operator or the controllers have yet to do; undefined once everything is as asked for. Never true of an older state: what was just
     * changed must have arrived.
     */
    pending(api: Api, inputs: ServerInputs): Promise<Pending | undefined>;
    /**
     * Puts settings into force that nobody else does, once nothing is pending: online where the server can, else by a restart.
     *
     * @param before what the server was asked to be, where that is known
     * @default nothing to do
     */
    settle?(api: Api, inputs: ServerInputs, before?: ServerInputs): Promise<void>;
    address(api: Api, inputs: ServerInputs): Promise<ServerAddress>;
}
