import { existsSync } from "node:fs";
import { request as httpRequest } from "node:http";
import { request as httpsRequest, type RequestOptions } from "node:https";
import { createServer, type Socket } from "node:net";
import { homedir } from "node:os";
import { join } from "node:path";
import { Writable } from "node:stream";
import type { Connection } from "../placement";

/** An ES module, which this package, being CommonJS, imports when it is needed. */
type Kubernetes = typeof import("@kubernetes/client-node", { with: { "resolution-mode": "import" }});

/** An object of Kubernetes, in as much as all have it. */
export interface KubernetesObject {
    readonly metadata: {
        readonly name: string;
        readonly uid?: string;
        readonly labels?: Readonly<Record<string, string>>;
        readonly annotations?: Readonly<Record<string, string>>;
        readonly generation?: number;
        readonly deletionTimestamp?: string;
    };
}

/** The API server answered, and not with what was asked for. */
export class ApiError extends Error {
    constructor(
        readonly status: number,
        message: string,
    ) {
        super(message);
    }
}

/** The kubeconfig can't be used, or the API server doesn't answer. */
export class ConnectionError extends Error {
    /** @param property the setting to look at */
    constructor(
        readonly property: "kubeconfig" | "context",
        message: string,
        options?: ErrorOptions,
    ) {
        super(message, options);
    }
}

/** What a pod has in place of a kubeconfig. */
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount/token";
const timeoutMilliseconds = 15_000;
const opened = new Map<string, Promise<Api>>();

/** The API server of a cluster, as the kubeconfig's user sees it. */
export class Api {
    private constructor(
        private readonly kubeConfig: InstanceType<Kubernetes["KubeConfig"]>,
        private readonly kubernetes: Kubernetes,
        private readonly baseUrl: string,
    ) {}

    /** Reads the kubeconfig, once in a process. @throws ConnectionError */
    static open({ kubeconfig, context }: Connection): Promise<Api> {
        const key = JSON.stringify([kubeconfig, context]);
        const known = opened.get(key) ?? Api.load({ ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) });
        opened.set(key, known);
        // What failed may work next time.
        known.catch(() => opened.delete(key));
        return known;
    }

    private static async load({ kubeconfig, context }: Connection): Promise<Api> {
        const kubernetes = await import("@kubernetes/client-node");
        const config = new kubernetes.KubeConfig();
        const file = kubeconfig === undefined ? undefined : expandHome(kubeconfig);
        if (file !== undefined && !existsSync(file)) {
            throw new ConnectionError("kubeconfig", `there is no kubeconfig file "${kubeconfig}". Write it, or name another in the environment.`);
        }
        if (file === undefined && !process.env.KUBECONFIG && !existsSync(expandHome("~/.kube/config")) && !existsSync(serviceAccount)) {
            throw new ConnectionError(
                "kubeconfig",
                "this machine has no kubeconfig: KUBECONFIG isn't set, and there is no ~/.kube/config. Name a file as kubeconfig in the environment.",
            );
        }
        const source = kubeconfig ?? (process.env.KUBECONFIG || "~/.kube/config");
        try {
            if (file === undefined) {
                config.loadFromDefault();
            } else {
                config.loadFromFile(file);
            }
        } catch (error) {
            throw new ConnectionError("kubeconfig", `the kubeconfig "${source}" can't be read: ${(error as Error).message}`);
        }
        const contexts = config.getContexts().map(({ name }) => name);
        const wanted = context ?? config.getCurrentContext();
        if (!contexts.includes(wanted)) {
            const has = contexts.length > 0 ? `It has: ${contexts.join(", ")}.` : "It has none.";
            throw new ConnectionError("context", `the kubeconfig "${source}" has no context "${wanted ?? ""}". ${has} Name one of them in the environment.`);
        }
        config.setCurrentContext(wanted);
        const server = config.getCurrentCluster()?.server;
        if (server === undefined) {
            throw new ConnectionError("context", `the context "${wanted}" of the kubeconfig "${source}" names no cluster that the file has.`);
        }
        return new Api(config, kubernetes, server.replace(/\/$/, ""));
    }

    /** An object or a list; undefined where there is none. */
    async get<Answer>(path: string): Promise<Answer | undefined> {
        return (await unless([404], this.request("GET", path))) as Answer | undefined;
    }

    /** The items of a list; none where there is no such thing. */
    async list<Item>(path: string): Promise<readonly Item[]> {
        return (await this.get<{ items: Item[] }>(path))?.items ?? [];
    }

    /** The last lines that a container of a pod wrote; those of the run before, if `previous`. Undefined where they are gone. */
    async log(namespace: string, pod: string, container: string, previous: boolean): Promise<string | undefined> {
        try {
            const query = `container=${container}&tailLines=200&previous=${previous}`;
            return (await this.send("GET", `/api/v1/namespaces/${namespace}/pods/${pod}/log?${query}`)) || undefined;
        } catch (error) {
            if (error instanceof ApiError) {
                return undefined;
            }
            throw error;
        }
    }

    /** Changes an object by a JSON merge patch. */
    async patch(path: string, patch: object): Promise<void> {
        await this.request("PATCH", path, patch);
    }

    /** Deletes this very object, and not another that has its name by then; nothing where it is gone. */
    async delete(path: string, uid: string): Promise<void> {
        await unless([404, 409], this.request("DELETE", path, { preconditions: { uid } }));
    }

    /** Lets an object that is being deleted go; nothing where it is gone. */
    async liftFinalizers(path: string): Promise<void> {
        await unless([404], this.patch(path, { metadata: { finalizers: null } }));
    }

    /** Runs `action` with a port of this machine that leads to a port of a pod, by way of the API server. */
    async withForward<Result>(namespace: string, pod: string, port: number, action: (localPort: number) => Promise<Result>): Promise<Result> {
        const forwarder = new this.kubernetes.PortForward(this.kubeConfig);
        const sockets = new Set<Socket>();
        const said: string[] = [];
        const server = createServer((socket) => {
            sockets.add(socket);
            socket.on("error", () => undefined);
            socket.on("close", () => sockets.delete(socket));
            const complaints = new Writable({
                write: (chunk, _encoding, done) => {
                    // The channel begins with the number of the port, of which nothing is left here.
                    if (chunk.length > 0) {
                        said.push(String(chunk));
                        socket.destroy();
                    }
                    done();
                },
            });
            forwarder.portForward(namespace, pod, [port], socket, complaints, socket).then(
                (webSocket) => {
                    const tunnel = typeof webSocket === "function" ? webSocket() : webSocket;
                    tunnel?.on("close", () => socket.destroy());
                    socket.on("close", () => tunnel?.close());
                },
                (error: Error) => {
                    said.push(error.message);
                    socket.destroy();
                },
            );
        });
        await new Promise<void>((resolve, reject) => {
            server.once("error", reject);
            server.listen(0, "127.0.0.1", resolve);
        });
        try {
            return await action((server.address() as { port: number }).port);
        } catch (error) {
            throw said.length > 0 ? new Error(`${(error as Error).message} (${said.join(" ").trim()})`, { cause: error }) : error;
        } finally {
            for (const socket of sockets) {
                socket.destroy();
            }
            server.close();
        }
    }

    private async request(method: string, path: string, body?: object): Promise<unknown> {
        const answer = await this.send(method, path, body);
        return answer === "" ? undefined : JSON.parse(answer);
    }

    private async send(method: string, path: string, body?: object): Promise<string> {
        const url = new URL(`${this.baseUrl}${path}`);
        const options: RequestOptions = { method, timeout: timeoutMilliseconds, headers: { accept: "application/json, */*" } };
        try {
            await this.kubeConfig.applyToHTTPSOptions(options);
        } catch (error) {
            throw new ConnectionError("kubeconfig", `the kubeconfig gives no credentials: ${(error as Error).message}`, { cause: error });
        }
        const text = body === undefined ? "" : JSON.stringify(body);
        const headers = {
            ...options.headers,
            ...(body === undefined ? {} : { "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json" }),
        };
        const request = url.protocol === "http:" ? httpRequest : httpsRequest;
        return new Promise((resolve, reject) => {
            const unreachable = (error: Error) =>
                reject(new ConnectionError("context", `the Kubernetes API server at ${this.baseUrl} can't be reached: ${error.message}`, { cause: error }));
            const sent = request(url, { ...options, headers: { ...headers, "content-length": Buffer.byteLength(text) } }, (response) => {
                const chunks: Buffer[] = [];
                response.on("error", unreachable);
                response.on("data", (chunk: Buffer) => chunks.push(chunk));
                response.on("end", () => {
                    const answer = Buffer.concat(chunks).toString();
                    const status = response.statusCode ?? 0;
                    if (status >= 300) {
                        reject(new ApiError(status, `the Kubernetes API server refused ${method} ${url.pathname}: ${status} ${reasonOf(answer)}`));
                    } else {
                        resolve(answer);
                    }
                });
            });
            sent.on("timeout", () => sent.destroy(new Error(`no answer within ${timeoutMilliseconds / 1000} s`)));
            sent.on("error", unreachable);
            sent.end(text);
        });
    }
}

/** The answer; undefined where it is one of these refusals. */
async function unless<Answer>(statuses: readonly number[], asked: Promise<Answer>): Promise<Answer | undefined> {
    try {
        return await asked;
    } catch (error) {
        if (error instanceof ApiError && statuses.includes(error.status)) {
            return undefined;
        }
        throw error;
    }
}

function reasonOf(answer: string): string {
    try {
        return String(JSON.parse(answer).message);
    } catch {
        return answer.slice(0, 300);
    }
}

function expandHome(path: string): string {
    return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}
