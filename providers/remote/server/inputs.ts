import type { ServerAccess } from "../access";

/** What a server shall be: the inputs of the `RemoteServer` resource. */
export interface RemoteServerInputs extends ServerAccess {
    /** The database or vhost that bindings lead to. */
    readonly path?: string;
    /** The major version that the user named. @default whatever runs, of `versions` */
    readonly version?: string;
    /** The major versions that the backend supports. */
    readonly versions: readonly string[];
    /** Caches: the `maxmemory-policy` that the server must have. @default whatever it has */
    readonly evictionPolicy?: string;
    /** Databases and queues: marks the database or vhost as this service's, on a server that others use too. @default no mark, and none is looked for */
    readonly mark?: string;
    /** With "backend-change" another server may lack the database or vhost. @default none */
    readonly allowDataLoss?: readonly string[];
    /** How long a server that doesn't answer is waited for. @default 60 */
    readonly patienceSeconds?: number;
}

/** The outputs of the `RemoteServer` resource. */
export interface RemoteServerOutputs extends RemoteServerInputs {
    readonly managementUri?: string;
    readonly runningVersion: string;
    /** "ready", or what `refresh` found instead. */
    readonly status: string;
}
