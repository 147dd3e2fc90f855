import { readFileSync, writeFileSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { join } from "node:path";
import { ExistingTestServer } from "../existing";
import { newDirectory } from "../sandbox";
import { RecordedAccount } from "./account";
import { leftOn as leftInPostgresql } from "./models/postgresql-server";
import { leftOn as leftInRabbitmq } from "./models/rabbitmq-server";
import { type SecretsManager, startSecretsManager } from "./secrets-manager";
import type { RealServer } from "./servers";

/** The ports of Amazon MQ, which nobody can choose. */
const BROKER_PORTS = { amqp: 5671, management: 443 } as const;

/**
 * An account whose database or queue is a real server of this machine. Real are the server, its TLS, its users and rights, and that the
 * administrator is no superuser; recorded are the objects of AWS around it.
 */
export class AccountWithServer {
    private constructor(
        readonly kind: "database" | "queue",
        readonly account: RecordedAccount,
        readonly server: ExistingTestServer,
        private readonly real: RealServer,
        private readonly secrets: SecretsManager,
        private readonly forwards: readonly Server[],
    ) {}

    static async start(kind: "database" | "queue"): Promise<AccountWithServer> {
        const server = await ExistingTestServer.start(kind);
        const administrator = JSON.parse(readFileSync(join(server.directory, "admin.json"), "utf8")) as RealServer["administrator"];
        const found = { host: "localhost", certificates: server.certificates, administrator };
        const real: RealServer =
            kind === "database"
                ? { ...found, port: server.port }
                : { ...found, port: BROKER_PORTS.amqp, managementUri: `https://localhost:${BROKER_PORTS.management}` };
        const forwards =
            kind === "database" ? [] : await Promise.all([forward(BROKER_PORTS.amqp, server.port), forward(BROKER_PORTS.management, server.managementPort)]);
        // Brokers have certificates of an authority that every machine trusts; this machine's server has its own.
        const authority = join(newDirectory("aws-authority"), "authority.pem");
        writeFileSync(authority, server.certificates);
        let account: RecordedAccount | undefined;
        const secrets = await startSecretsManager(() => (account as RecordedAccount).recorded());
        account = new RecordedAccount({
            servers: { [kind]: real },
            env: { AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url, ...(kind === "queue" ? { NODE_EXTRA_CA_CERTS: authority } : {}) },
        });
        return new AccountWithServer(kind, account, server, real, secrets, forwards);
    }

    /** Settings of the environment that lead to the server. */
    get settings(): Record<string, unknown> {
        return this.kind === "database" ? { port: this.real.port, certificateAuthority: this.real.certificates } : {};
    }

    /** What is left on the server once the program is gone; the server itself would be gone too. */
    leftovers(): Promise<string[]> {
        return this.kind === "database" ? leftInPostgresql(this.real) : leftInRabbitmq(this.real);
    }

    async stop(): Promise<void> {
        for (const one of this.forwards) one.close();
        await this.secrets.close();
        await this.server.stop();
    }
}

/** Why no queue can be behind a recorded broker on this machine; undefined when one can. */
export async function reasonWithoutBrokerPorts(): Promise<string | undefined> {
    for (const port of Object.values(BROKER_PORTS)) {
        try {
            (await forward(port, port)).close();
        } catch (error) {
            return `port ${port} of Amazon MQ can't be opened on localhost: ${(error as NodeJS.ErrnoException).code}`;
        }
    }
    return undefined;
}

async function forward(from: number, to: number): Promise<Server> {
    const server = createServer((inner) => {
        const outer = createConnection({ host: "localhost", port: to });
        for (const [one, other] of [
            [inner, outer],
            [outer, inner],
        ] as const) {
            one.pipe(other);
            one.on("error", () => other.destroy());
        }
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(from, "127.0.0.1", resolve);
    });
    server.unref();
    return server;
}
