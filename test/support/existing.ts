import { readFileSync } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";
import { Redis } from "iovalkey";
import type { ServiceKind } from "../../index";
import type { ExistingServer } from "../../providers/existing";
import { ServerProvider } from "../../providers/local/server";
import type { EngineName, ServerInputs } from "../../providers/local/server/inputs";
import { adminQuery } from "./local";
import { discard, newDirectory } from "./sandbox";

const engines: Readonly<Record<ServiceKind, EngineName>> = { database: "postgresql", queue: "rabbitmq", cache: "valkey" };
/** The versions that the local backend has on any machine, or whatever this machine has. */
const versions: Partial<Record<ServiceKind, string>> = { database: "17" };

/** The administrator that the platform team hands out: of PostgreSQL none that is a superuser, as on managed services. */
export const administrator = { username: "platform_admin", password: "pl@tf:rm/sécret?" };

export interface ExistingOptions {
    readonly version?: string;
    readonly evictionPolicy?: string;
}

/** A real server of this machine that stands for one that others run: with TLS, with an administrator, and with nothing of ours on it. */
export class ExistingTestServer {
    private readonly provider = new ServerProvider();

    private constructor(
        readonly kind: ServiceKind,
        private readonly root: string,
        private readonly id: string,
        private readonly outputs: Parameters<ServerProvider["delete"]>[1],
    ) {}

    static async start(kind: ServiceKind, { version = versions[kind], evictionPolicy = "noeviction" }: ExistingOptions = {}): Promise<ExistingTestServer> {
        const root = newDirectory(`existing-${kind}`);
        const inputs: ServerInputs = {
            ...{ engine: engines[kind], project: "platform", stack: "test", service: kind, instanceId: "00000000", root, durability: "ephemeral" },
            ...{ cpu: 0.5, memoryGb: 0.25, settings: {}, evictionPolicy },
            // The local backend makes it; services of the tests have others.
            ...(kind === "database" ? { path: "of_others" } : kind === "queue" ? { path: "/" } : {}),
            ...(version === undefined ? {} : { version }),
        };
        const { id, outs } = await new ServerProvider().create(inputs);
        const server = new ExistingTestServer(kind, root, id, outs as Parameters<ServerProvider["delete"]>[1]);
        await server.makeAdministrator();
        return server;
    }

    get port(): number {
        return this.outputs.actualPort;
    }

    /** RabbitMQ's. */
    get managementPort(): number {
        return Number(new URL(this.outputs.managementUri ?? "").port);
    }

    get certificates(): string {
        return this.outputs.certificates;
    }

    /** The server's directory. */
    get directory(): string {
        return this.id;
    }

    /** What a platform team writes into an environment. */
    get settings(): ExistingServer {
        return {
            host: "localhost",
            port: this.port,
            certificates: this.certificates,
            admin: { ...administrator },
            ...(this.kind === "queue" ? { managementPort: this.managementPort } : {}),
        };
    }

    /** The users that weren't there when it started. */
    async users(): Promise<string[]> {
        switch (this.kind) {
            case "database": {
                const rows = (await this.sql("SELECT rolname FROM pg_roles WHERE rolcanlogin")) as { rolname: string }[];
                return rows.map(({ rolname }) => rolname).filter((name) => !["postgres", "data_services_admin", administrator.username].includes(name));
            }
            case "queue": {
                const all = (await this.management("GET", "/api/users")) as { name: string }[];
                return all.map(({ name }) => name).filter((name) => ![this.ownAdministrator().username, administrator.username].includes(name));
            }
            case "cache": {
                const names = await this.valkey((client) => client.call("ACL", "USERS") as Promise<string[]>);
                return names.filter((name) => !["default", this.ownAdministrator().username, administrator.username, "data_services_probe"].includes(name));
            }
        }
    }

    /** A statement of the superuser. */
    sql(text: string, database = "postgres"): Promise<unknown[]> {
        return adminQuery(this.directory, text, database);
    }

    /** An action of the server's own administrator. */
    async valkey<Result>(action: (client: Redis) => Promise<Result>): Promise<Result> {
        const client = new Redis({ host: "localhost", port: this.port, ...this.ownAdministrator(), tls: { ca: this.certificates }, lazyConnect: true });
        try {
            await client.connect();
            return await action(client);
        } finally {
            client.disconnect();
        }
    }

    /** A call of RabbitMQ's management API by the server's own administrator. */
    management(method: string, path: string, body?: object): Promise<unknown> {
        const { username, password } = this.ownAdministrator();
        const options = { host: "localhost", port: this.managementPort, ca: this.certificates, auth: `${username}:${password}`, agent: false };
        return new Promise((resolve, reject) => {
            const sent = request({ ...options, method, path, headers: { "content-type": "application/json" } }, (response) => {
                let text = "";
                response.setEncoding("utf8").on("data", (part) => {
                    text += part;
                });
                response.on("end", () =>
                    (response.statusCode ?? 0) < 300
                        ? resolve(text === "" ? undefined : JSON.parse(text))
                        : reject(new Error(`${response.statusCode} ${text}`)),
                );
            });
            sent.on("error", reject);
            sent.end(body === undefined ? "" : JSON.stringify(body));
        });
    }

    async stop(): Promise<void> {
        await this.provider.delete(this.id, this.outputs);
        discard(this.root);
    }

    private ownAdministrator(): { username: string; password: string } {
        return JSON.parse(readFileSync(join(this.directory, "admin.json"), "utf8"));
    }

    private async makeAdministrator(): Promise<void> {
        const { username, password } = administrator;
        switch (this.kind) {
            case "database":
                // As the master of RDS: member of a role that may watch and end the sessions of others, and no superuser.
                await this.sql(`
                    CREATE ROLE rds_superuser NOLOGIN;
                    GRANT pg_monitor, pg_signal_backend TO rds_superuser;
                    CREATE ROLE ${username} LOGIN NOSUPERUSER CREATEDB CREATEROLE PASSWORD '${password.replaceAll("'", "''")}';
                    GRANT rds_superuser TO ${username} WITH ADMIN OPTION;
                `);
                break;
            case "queue":
                await this.management("PUT", `/api/users/${username}`, { password, tags: "administrator" });
                break;
            case "cache":
                await this.valkey(async (client) => {
                    await client.call("ACL", "SETUSER", username, "reset", "on", `>${password}`, "~*", "&*", "+@all");
                    await client.call("ACL", "SAVE");
                });
        }
    }
}
