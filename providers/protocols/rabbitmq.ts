/** Users, vhosts and permissions of RabbitMQ, over its management HTTP API. Every call may be repeated. */
import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { request } from "node:https";
import type { Access } from "../../components/backend";
import { refuseName } from "./names";
import type { Admin, Protocol } from "./protocol";
import { tlsOptions } from "./tls";

const timeoutMilliseconds = 10_000;

/** Regular expressions of what a user may configure (declare and delete), write to and read from. */
export interface Permissions {
    readonly configure: string;
    readonly write: string;
    readonly read: string;
}

/** A user of one vhost. */
export interface RabbitmqUser {
    readonly username: string;
    readonly vhost: string;
    readonly access: Access;
    /** In place of what `access` implies. */
    readonly permissions?: Permissions;
}

/**
 * What each access level may do in its vhost; an empty expression matches nothing that has a name. Reading from a queue takes the
 * messages out of it: RabbitMQ has no right to look without taking. A stream can be read again.
 */
export function permissionsOf(access: Access): Permissions {
    return access === "readonly" ? { configure: "", write: "", read: ".*" } : { configure: ".*", write: ".*", read: ".*" };
}

/** The hash of a password as RabbitMQ keeps it: a salt of four bytes, and the SHA-256 of salt and password. */
export function passwordHash(password: string, salt: Buffer = randomBytes(4)): string {
    const digest = createHash("sha256").update(salt).update(password).digest();
    return Buffer.concat([salt, digest]).toString("base64");
}

/** Whether a hash that RabbitMQ keeps is that of a password. */
export function isHashOf(hash: string, password: string): boolean {
    const expected = Buffer.from(passwordHash(password, Buffer.from(hash, "base64").subarray(0, 4)));
    const actual = Buffer.from(hash);
    return actual.length === expected.length && timingSafeEqual(actual, expected);
}

/** A user as a body of the API or an entry of a definitions file. The password appears as its hash only. */
export function userDefinition(password: string, tags: string) {
    return { password_hash: passwordHash(password), hashing_algorithm: "rabbit_password_hashing_sha256", tags };
}

/** The management API as one administrator sees it. */
export class ManagementApi {
    constructor(private readonly options: Admin) {}

    /** The server's full version, and the ports that it listens on by now. @throws Error unless the administrator can log in */
    async overview(): Promise<{ readonly version: string; readonly ports: readonly number[] }> {
        const { rabbitmq_version, listeners } = (await this.call("GET", "/api/overview")) as { rabbitmq_version: string; listeners: { port: number }[] };
        return { version: rabbitmq_version, ports: listeners.map(({ port }) => port) };
    }

    /**
     * Makes a vhost whose queues are quorum queues unless a client says otherwise: they survive a crash with their messages. Servers
     * before 3.11 know no such default and ignore it. A vhost that exists is left as it is.
     */
    async ensureVhost(vhost: string): Promise<void> {
        if (!(await this.hasVhost(vhost))) {
            await this.call("PUT", `/api/vhosts/${encodeURIComponent(vhost)}`, { default_queue_type: "quorum" });
        }
    }

    async hasVhost(vhost: string): Promise<boolean> {
        return (await this.find(`/api/vhosts/${encodeURIComponent(vhost)}`)) !== undefined;
    }

    /** Makes a user, or gives it this password; it can do in its vhost what was asked for, and nothing elsewhere. It may not use this API. */
    async ensureUser({ username, vhost, access, permissions }: RabbitmqUser, password: string): Promise<void> {
        const user = `/api/users/${encodeURIComponent(username)}`;
        if (!(await this.canLogIn(username, password)) || !(await this.hasNoTags(username))) {
            await this.call("PUT", user, userDefinition(password, ""));
        }
        const granted = (await this.call("GET", `${user}/permissions`)) as { vhost: string }[];
        for (const { vhost: other } of granted.filter((grant) => grant.vhost !== vhost)) {
            await this.call("DELETE", permissionsPath(other, username));
        }
        await this.call("PUT", permissionsPath(vhost, username), permissions ?? permissionsOf(access));
    }

    /** Removes a user; the server ends its connections. Its queues and their messages stay. */
    async dropUser(username: string): Promise<void> {
        await this.find(`/api/users/${encodeURIComponent(username)}`, "DELETE");
    }

    /** Whether a user has this password. Told by the hash, since a user without tags can't log in to this API. */
    async canLogIn(username: string, password: string): Promise<boolean> {
        const user = (await this.find(`/api/users/${encodeURIComponent(username)}`)) as { password_hash?: string } | undefined;
        return isHashOf(user?.password_hash ?? "", password);
    }

    /** A value that the whole cluster keeps by a name; undefined where there is none. */
    async globalParameter(name: string): Promise<unknown> {
        return ((await this.find(parameterPath(name))) as { value?: unknown } | undefined)?.value;
    }

    /** @param value undefined removes it */
    async setGlobalParameter(name: string, value: unknown): Promise<void> {
        if (value === undefined) {
            await this.find(parameterPath(name), "DELETE");
        } else {
            await this.call("PUT", parameterPath(name), { name, value });
        }
    }

    private async hasNoTags(username: string): Promise<boolean> {
        // A text with commas before 3.9, a list since.
        const { tags } = (await this.call("GET", `/api/users/${encodeURIComponent(username)}`)) as { tags: string | string[] };
        return tags.length === 0;
    }

    /** Like {@link call}; undefined when there is no such thing. */
    private async find(path: string, method = "GET"): Promise<unknown> {
        return this.call(method, path).catch((error) => {
            if (error instanceof ManagementError && error.status === 404) {
                return undefined;
            }
            throw error;
        });
    }

    /** @returns the body of the answer; `true` where there is none */
    private call(method: string, path: string, body?: object): Promise<unknown> {
        const { host, port, servername, certificates, username, password } = this.options;
        const text = body === undefined ? "" : JSON.stringify(body);
        return new Promise((resolve, reject) => {
            const sent = request(
                {
                    ...{ method, host, port, path, agent: false, timeout: timeoutMilliseconds, auth: `${username}:${password}` },
                    ...tlsOptions({ host, ...(servername === undefined ? {} : { servername }), certificates }),
                    headers: { "content-type": "application/json", "content-length": Buffer.byteLength(text) },
                },
                (response) => {
                    const chunks: Buffer[] = [];
                    response.on("error", reject);
                    response.on("data", (chunk: Buffer) => chunks.push(chunk));
                    response.on("end", () => {
                        const answer = Buffer.concat(chunks).toString();
                        const status = response.statusCode ?? 0;
                        if (status >= 300) {
                            reject(
                                new ManagementError(
                                    status,
                                    `RabbitMQ's management API at ${host}:${port} refused ${method} ${path}: ${status} ${reasonOf(answer)}`,
                                ),
                            );
                        } else {
                            resolve(answer === "" ? true : JSON.parse(answer));
                        }
                    });
                },
            );
            sent.on("timeout", () => sent.destroy(new Error(`no answer within ${timeoutMilliseconds / 1000} s`)));
            sent.on("error", (error) => reject(new Error(`RabbitMQ's management API at ${host}:${port} can't be reached: ${error.message}`, { cause: error })));
            sent.end(text);
        });
    }
}

/** An answer that says no. */
export class ManagementError extends Error {
    constructor(
        readonly status: number,
        message: string,
    ) {
        super(message);
    }
}

function parameterPath(name: string): string {
    return `/api/global-parameters/${encodeURIComponent(name)}`;
}

function permissionsPath(vhost: string, username: string): string {
    return `/api/permissions/${encodeURIComponent(vhost)}/${encodeURIComponent(username)}`;
}

/** RabbitMQ says why in `reason`, of whatever type. */
function reasonOf(answer: string): string {
    try {
        const { reason, error } = JSON.parse(answer);
        return typeof reason === "string" ? reason : JSON.stringify(reason ?? error);
    } catch {
        return answer.slice(0, 300);
    }
}

/** Over the management API; `admin.port` is its port. */
export const protocol: Protocol = {
    version: async (admin) => (await new ManagementApi(admin).overview()).version,
    hasPath: (admin, path) => new ManagementApi(admin).hasVhost(path),
    ensurePath: (admin, path) => new ManagementApi(admin).ensureVhost(path),
    async ensureUser(admin, { username, path = "/", access, permissions }, password) {
        refuseName(admin, username);
        await new ManagementApi(admin).ensureUser({ username, vhost: path, access, ...(permissions && { permissions }) }, password);
    },
    dropUser: (admin, { username }) => new ManagementApi(admin).dropUser(username),
    canLogIn: (admin, { username }, password) => new ManagementApi(admin).canLogIn(username, password),
};
