import type { Access } from "../../components/backend";

/** How an administrator reaches a server. */
export interface Admin {
    readonly host: string;
    readonly port: number;
    /** The name in the server's certificate, where it isn't `host`. */
    readonly servername?: string;
    /** The PEM certificates of the authority; undefined where the system's own suffice. */
    readonly certificates?: string | undefined;
    readonly username: string;
    readonly password: string;
}

/** One consumer's user. */
export interface User {
    readonly username: string;
    readonly access: Access;
    /** The database or vhost that the user is for. */
    readonly path?: string | undefined;
    /** Queues: in place of what `access` implies. */
    readonly permissions?: { readonly configure: string; readonly write: string; readonly read: string } | undefined;
    /** Caches: the key patterns that the user may touch; all, when undefined. */
    readonly keys?: readonly string[] | undefined;
}

/** Users and what they are for, over a connection of an administrator. Every method may be repeated. */
export interface Protocol {
    /** The server's full version, as it tells it. @throws Error unless the administrator can log in */
    version(admin: Admin): Promise<string>;
    /** Whether what users are for is there; undefined where nobody can tell, since a server has one of it. */
    hasPath?(admin: Admin, path: string): Promise<boolean>;
    /** Makes what users are for: the database with its group roles, the vhost. Nothing is dropped. */
    ensurePath(admin: Admin, path: string): Promise<void>;
    /** Makes or changes a user so that it can do just what was asked for, with this password. */
    ensureUser(admin: Admin, user: User, password: string): Promise<void>;
    /** Removes a user, its connections, and no data; nothing if there is no such user. */
    dropUser(admin: Admin, user: User): Promise<void>;
    /** Whether the user can log in with this password. */
    canLogIn(admin: Admin, user: User, password: string): Promise<boolean>;
}
