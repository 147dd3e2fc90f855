import type { Access } from "../../../components/backend";
import type { Durability } from "../../../components/durability";

/** The programs that serve the three kinds. */
export type EngineName = "postgresql" | "rabbitmq" | "valkey";

/** What a server shall be: the inputs of the `LocalServer` resource. */
export interface ServerInputs {
    readonly engine: EngineName;
    readonly project: string;
    readonly stack: string;
    readonly service: string;
    /** Names the server's directory; unknown in the first preview. */
    readonly instanceId: string;
    /** Where the servers keep their data, if not in the default place. */
    readonly root?: string;
    /** The port, if the environment names one. */
    readonly port?: number;
    /** The major version; filled in by `check` and kept from then on. */
    readonly version?: string;
    readonly durability: Durability;
    readonly cpu: number;
    readonly memoryGb: number;
    /** The server's own settings, over what the size implies. */
    readonly settings: Readonly<Record<string, string>>;
    /** The database or vhost that bindings lead to. */
    readonly path?: string;
    /** Valkey only. */
    readonly evictionPolicy?: string;
}

/** The programs of one engine, found on this machine. */
export interface Installation {
    /** The full version, such as "17.10". */
    readonly version: string;
    /** The directory of the programs, or whatever else the engine needs to find them again. */
    readonly location: string;
}

/** One consumer's user. */
export interface UserInputs {
    readonly engine: EngineName;
    /** The server's directory: an output of the server. */
    readonly directory: string;
    readonly username: string;
    readonly access: Access;
    /** The password that the user gave; else one is made. */
    readonly password?: string;
    readonly rotation?: string;
    readonly path?: string;
    readonly permissions?: { readonly configure: string; readonly write: string; readonly read: string };
    readonly keys?: readonly string[];
}
