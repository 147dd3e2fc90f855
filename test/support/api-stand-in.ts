import { createServer, type IncomingMessage } from "node:http";
import { type RequestOptions, request } from "node:https";
import type { AddressInfo } from "node:net";

/** Changes the answers to GET requests; undefined leaves one as it is. */
export type Change = (path: string, answer: unknown) => { readonly status?: number; readonly body: unknown } | undefined;

/** A server between a client and a cluster's API server, which passes everything on and changes some answers: a cluster that differs a little. */
export interface StandIn {
    /** A kubeconfig that leads to it; no credentials are needed. */
    readonly kubeconfig: object;
    close(): void;
}

/** @param kubeconfig the file of the real cluster */
export async function standIn(kubeconfig: string, change: Change): Promise<StandIn> {
    const { KubeConfig } = await import("@kubernetes/client-node");
    const config = new KubeConfig();
    config.loadFromFile(kubeconfig);
    const origin = config.getCurrentCluster()?.server ?? "";
    const server = createServer((asked, answer) => {
        const options: RequestOptions = { method: asked.method ?? "GET", headers: { ...asked.headers, host: new URL(origin).host } };
        // Compressed answers could not be read here.
        delete (options.headers as Record<string, unknown>)["accept-encoding"];
        void config.applyToHTTPSOptions(options).then(() => {
            const passed = request(new URL(asked.url ?? "/", origin), options, (given) => {
                void text(given).then((body) => {
                    const isJson = asked.method === "GET" && /json/.test(given.headers["content-type"] ?? "");
                    const changed = isJson ? change(asked.url ?? "/", JSON.parse(body.toString())) : undefined;
                    answer.writeHead(changed?.status ?? given.statusCode ?? 500, { "content-type": given.headers["content-type"] ?? "application/json" });
                    answer.end(changed === undefined ? body : JSON.stringify(changed.body));
                });
            });
            passed.on("error", (error) => answer.destroy(error));
            asked.pipe(passed);
        });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    return {
        kubeconfig: kubeconfigOf(`http://127.0.0.1:${port}`, {}),
        close() {
            server.closeAllConnections();
            server.close();
        },
    };
}

/** The text of a kubeconfig with one context, `test`. */
export function kubeconfigOf(server: string, user: object, authority?: string): object {
    // The client library refuses HTTP otherwise.
    const insecure = server.startsWith("http:") ? { "insecure-skip-tls-verify": true } : {};
    const cluster = { server, ...insecure, ...(authority === undefined ? {} : { "certificate-authority-data": authority }) };
    return {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name: "test", cluster }],
        users: [{ name: "test", user }],
        contexts: [{ name: "test", context: { cluster: "test", user: "test" } }],
        "current-context": "test",
    };
}

async function text(message: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of message) {
        chunks.push(chunk as Buffer);
    }
    return Buffer.concat(chunks);
}
