import { readFileSync, writeFileSync } from "node:fs";
import { createConnection, createServer, type Server } from "node:net";
import { join } from "node:path";
import { ExistingTestServer } from "../existing";
import { newDirectory } from "../sandbox";
import { RecordedAccount } from "./account";
import { leftOn as leftInPostgresql } from "./models/postgresql-server";
import { leftOn as leftInRabbitmq } from "./models/rabbitmq-server";
import { type SecretsManager, startSecretsManager } from "./secrets-manager";
import type { RealServer, RealServers } from "./servers";

/** The ports of Amazon MQ, which nobody can choose. */
const BROKER_PORTS = { amqp: 5671, management: 443 } as const;

type Kind = "database" | "queue";

/**
 * An account whose databases or queues are real servers of this machine. Real are the servers, their TLS, their users and rights, and that the
 * administrator is no superuser; recorded are the objects of AWS around them.
 */
export class AccountWithServers {
    private constructor(
        readonly account: RecordedAccount,
        private readonly running: Readonly<Partial<Record<Kind, ExistingTestServer>>>,
        private readonly real: RealServers,
        private readonly secrets: SecretsManager,
        private readonly forwards: readonly Server[],
    ) {}

    /** One server a kind, so one service a kind. */
    static async start(...kinds: readonly Kind[]): Promise<AccountWithServers> {
        const running = Object.fromEntries(await Promise.all(kinds.map(async (kind) => [kind, await ExistingTestServer.start(kind)] as const)));
        const { database, queue } = running as Partial<Record<Kind, ExistingTestServer>>;
        const real: RealServers = {
            ...(database ? { database: { ...realServer(database), port: database.port } } : {}),
            ...(queue ? { queue: { ...realServer(queue), port: BROKER_PORTS.amqp, managementUri: `https://localhost:${BROKER_PORTS.management}` } } : {}),
        };
        const forwards = queue ? await Promise.all([forward(BROKER_PORTS.amqp, queue.port), forward(BROKER_PORTS.management, queue.managementPort)]) : [];
        let account: RecordedAccount | undefined;
        const secrets = await startSecretsManager(() => (account as RecordedAccount).recorded());
        account = new RecordedAccount({ servers: real, env: { AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.url, ...(queue ? trusting(queue) : {}) } });
        return new AccountWithServers(account, running, real, secrets, forwards);
    }

    /** Settings of databases that lead to the server; brokers need none. */
    get databaseSettings(): Record<string, unknown> {
        const { port, certificates } = this.server("database");
        return { port, certificateAuthority: certificates };
    }

    server(kind: Kind): ExistingTestServer {
        const found = this.running[kind];
        if (!found) throw new Error(`this account has no real ${kind}`);
        return found;
    }

    /** What is left on the servers once the program is gone; the servers themselves would be gone too. */
    async leftovers(): Promise<string[]> {
        const { database, queue } = this.real;
        return [...(database ? await leftInPostgresql(database) : []), ...(queue ? await leftInRabbitmq(queue) : [])];
    }

    async stop(): Promise<void> {
        for (const one of this.forwards) one.close();
        await this.secrets.close();
        await Promise.all(Object.values(this.running).map((server) => server.stop()));
    }
}

function realServer({ directory, certificates }: ExistingTestServer) {
    const administrator = JSON.parse(readFileSync(join(directory, "admin.json"), "utf8")) as RealServer["administrator"];
    return { host: "localhost", certificates, administrator };
}

/** Brokers have certificates of an authority that every machine trusts; this machine's server has its own. */
function trusting({ certificates }: ExistingTestServer): Record<string, string> {
    const authority = join(newDirectory("aws-authority"), "authority.pem");
    writeFileSync(authority, certificates);
    return { NODE_EXTRA_CA_CERTS: authority };
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
