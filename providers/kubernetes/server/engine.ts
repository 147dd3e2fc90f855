import type { dynamic } from "@pulumi/pulumi";
import type { Api } from "./api";
import type { InstanceInputs, ServerAccess, ServerAddress, ServerInputs } from "./inputs";
import type { Pending } from "./waiting";

/** One kind of server in a cluster, as seen from the machine that runs `up`. Nothing here needs the cluster's network. */
export interface ServerEngine {
    /** The name of the administrator that this library logs in as. */
    readonly administrator: string;
    /** The pod's port that an administrator's connection goes to. */
    readonly adminPort: number;
    /** The DNS names in the server's certificate, where this library issues it; undefined where an operator does. */
    certificateNames?(name: string, namespace: string): readonly string[];
    /**
     * Why a living service can't become what is asked for, beyond what goes for every kind: told at preview, from what the cluster has. Only reads.
     *
     * @param name of the living service's objects
     * @default nothing is refused
     */
    refusals?(api: Api, name: string, news: InstanceInputs): Promise<readonly dynamic.CheckFailure[]>;
    /**
     * The major version that the data of a living service have: an upgrade that failed left them behind, and then the way back is open. Only reads.
     *
     * @param name of the living service's objects
     * @default the version that was asked for last
     */
    dataVersion?(api: Api, name: string, namespace: string): Promise<string | undefined>;
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
     * Asked while something is pending: helps an operator over a standstill that it doesn't leave by itself, where nothing can be lost by it.
     * @returns what was done, to wait on
     *
     * @default nothing to do
     */
    unblock?(api: Api, inputs: ServerInputs): Promise<Pending | undefined>;
    /**
     * Puts settings into force that nobody else does, once nothing is pending: online where the server can, else by a restart.
     *
     * @param before what the server was asked to be, where that is known
     * @default nothing to do
     */
    settle?(api: Api, inputs: ServerInputs, before?: ServerInputs): Promise<void>;
    /**
     * Comes before the objects of a server are deleted: does what would keep them from going.
     *
     * @default nothing to do
     */
    release?(api: Api, server: ServerAccess): Promise<void>;
    address(api: Api, inputs: ServerInputs): Promise<ServerAddress>;
}
