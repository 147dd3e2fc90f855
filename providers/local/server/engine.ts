import type { Home } from "./home";
import type { Installation, ServerInputs, UserInputs } from "./inputs";

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
    /**
     * Whether this home's own server answers: on its port, with its certificate, to its admin. One that is down says so at once; one that is only slow,
     * on a busy machine, is waited for, since what doesn't run is started anew.
     */
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
