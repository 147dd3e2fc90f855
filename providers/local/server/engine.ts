import type { Access } from "../../../components/backend";
import type { Durability } from "../../../components/durability";
import type { Home } from "./home";

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

/** What must happen for changed configuration files to take effect. */
export type Activation = "none" | "reload" | "restart";

/**
 * One kind of server on this machine. Every method may be repeated: a killed `pulumi up` can have stopped anywhere.
 * The caller holds the lock of the server's home.
 */
export interface Engine {
    /** Finds the programs of a major version (any, when undefined), fetching them when they are missing; an error says what to install. */
    install(version: string | undefined): Promise<Installation>;
    /** The full version that {@link install} would give, if that is known without fetching anything. */
    plannedVersion(version: string | undefined): Promise<string | undefined>;
    /** Makes the data directory. All or nothing: what a killed run left behind is made anew. */
    initialise(home: Home, inputs: ServerInputs): Promise<void>;
    /** Writes the configuration files, atomically and only if they differ. `home.record` holds port and installation. */
    configure(home: Home, inputs: ServerInputs): Promise<Activation>;
    /** Starts the server, detached and unprivileged, and waits until it answers. An error quotes the end of its log. */
    start(home: Home): Promise<void>;
    /** Makes a running server read its configuration again. */
    reload(home: Home): Promise<void>;
    /** Stops the server cleanly and waits until its processes are gone; nothing if it isn't running. */
    stop(home: Home): Promise<void>;
    /** Whether this home's own server answers: on its port, with its certificate, to its admin. */
    isRunning(home: Home): Promise<boolean>;
    /** Makes what bindings need: the database with its group roles, the vhost. */
    prepare(home: Home, inputs: ServerInputs): Promise<void>;
    /** Makes or changes a user so that it can do just what was asked for, with this password. */
    ensureUser(home: Home, user: UserInputs, password: string): Promise<void>;
    /** Removes a user, its connections, and no data; nothing if there is no such user. */
    dropUser(home: Home, user: UserInputs): Promise<void>;
    /** Whether the user can log in with this password. */
    canLogIn(home: Home, user: UserInputs, password: string): Promise<boolean>;
}
