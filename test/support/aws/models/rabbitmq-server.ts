import { request } from "node:https";
import type { RealServer } from "../servers";

/** Makes the user that Amazon MQ makes on a new broker: an administrator of everything. */
export async function makeAdministrator(server: RealServer, { username, password }: { username: string; password: string }): Promise<void> {
    await send(server, "PUT", `/api/users/${encodeURIComponent(username)}`, { password, tags: "administrator" });
    await send(server, "PUT", `/api/permissions/%2F/${encodeURIComponent(username)}`, { configure: ".*", write: ".*", read: ".*" });
}

/** A deleted broker leaves nothing: removes every user and virtual host but the server's own. */
export async function removeAllUsers(server: RealServer): Promise<void> {
    for (const name of await names(server, "users")) {
        if (name !== server.administrator.username) await send(server, "DELETE", `/api/users/${encodeURIComponent(name)}`);
    }
    for (const name of await names(server, "vhosts")) {
        if (name !== "/") await send(server, "DELETE", `/api/vhosts/${encodeURIComponent(name)}`);
    }
}

/** The names of what a client made on a server and left there. */
export async function leftOn(server: RealServer): Promise<string[]> {
    const users = (await names(server, "users")).filter((name) => name !== server.administrator.username);
    const hosts = (await names(server, "vhosts")).filter((name) => name !== "/");
    return [...users.map((name) => `user ${name}`), ...hosts.map((name) => `vhost ${name}`)];
}

async function names(server: RealServer, kind: string): Promise<string[]> {
    return (JSON.parse(await send(server, "GET", `/api/${kind}`)) as { name: string }[]).map(({ name }) => name);
}

function send(server: RealServer, method: string, path: string, body?: unknown): Promise<string> {
    const { username, password } = server.administrator;
    return new Promise((resolve, reject) => {
        const options = { method, ca: server.certificates, auth: `${username}:${password}`, headers: { "content-type": "application/json" } };
        const sent = request(new URL(path, server.managementUri), options, (answer) => {
            let text = "";
            answer.setEncoding("utf8").on("data", (part) => {
                text += part;
            });
            const ok = (answer.statusCode ?? 500) < 300;
            answer.on("end", () => (ok ? resolve(text) : reject(new Error(`${method} ${path}: ${answer.statusCode} ${text}`))));
        });
        sent.on("error", reject);
        sent.end(body === undefined ? undefined : JSON.stringify(body));
    });
}
