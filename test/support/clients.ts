import amqplib, { type ChannelModel } from "amqplib";
import Valkey, { type RedisOptions } from "iovalkey";
import { Client, type ClientConfig, type QueryResult } from "pg";
import type { BindingValues } from "../../index";

/** The values of a binding, as `exportBindings` gives them. */
export type Binding = BindingValues;

/** Runs `action` as one consumer of a database, by its `uri` as it is. */
export async function withDatabase<Result>(binding: Binding, action: (client: Client) => Promise<Result>): Promise<Result> {
    return withClient(new Client(databaseConfig(binding)), action);
}

/** One statement as one consumer of a database. */
export function query(binding: Binding, sql: string, values: unknown[] = []): Promise<QueryResult> {
    return withDatabase(binding, (client) => client.query(sql, values));
}

/** The single value that a statement gives. */
export async function value(binding: Binding, sql: string, values: unknown[] = []): Promise<unknown> {
    const { rows } = await query(binding, sql, values);
    return Object.values((rows[0] ?? {}) as object)[0];
}

/** A connection to the same place that doesn't encrypt. */
export async function withPlaintextDatabase<Result>(
    { host, port, username, password, database }: Binding,
    action: (client: Client) => Promise<Result>,
): Promise<Result> {
    return withClient(new Client({ host, port, user: username, password, database, ssl: false, connectionTimeoutMillis: 10_000 }), action);
}

async function withClient<Result>(client: Client, action: (client: Client) => Promise<Result>): Promise<Result> {
    client.on("error", () => undefined);
    try {
        await client.connect();
        return await action(client);
    } finally {
        await client.end().catch(() => undefined);
    }
}

/** Runs `action` as one consumer of a queue. */
export async function withQueue<Result>(binding: Binding, action: (connection: ChannelModel) => Promise<Result>, uri = binding.uri): Promise<Result> {
    const connection = await amqplib.connect(uri, { ...authorities(binding), timeout: 10_000 });
    connection.on("error", () => undefined);
    try {
        return await action(connection);
    } finally {
        await connection.close().catch(() => undefined);
    }
}

/** Runs `action` as one consumer of a cache. */
export async function withCache<Result>(binding: Binding, action: (client: Valkey) => Promise<Result>, uri = binding.uri): Promise<Result> {
    const options: RedisOptions = { lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0, connectTimeout: 10_000 };
    const client = new Valkey(uri, uri.startsWith("rediss:") ? { ...options, tls: authorities(binding) } : options);
    let broken: Error | undefined;
    client.on("error", (error: Error) => {
        broken = error;
    });
    try {
        // It fails with "Connection is closed", whatever closed it; the reason was an event before.
        await client.connect().catch((error: Error) => {
            throw broken ?? error;
        });
        return await action(client);
    } finally {
        client.disconnect();
    }
}

function databaseConfig(binding: Binding): ClientConfig {
    const timeout = { connectionTimeoutMillis: 10_000 };
    if (binding.uri.includes("sslrootcert=")) {
        return { connectionString: binding.uri, ...timeout };
    }
    // pg takes the whole of `ssl` from a URI that names an sslmode, and drops what stands beside it.
    return { connectionString: binding.uri.replace(/[?&]sslmode=[^&]*/, ""), ssl: { rejectUnauthorized: true, ...authorities(binding) }, ...timeout };
}

/** Only the binding's own authorities are trusted; without any, the system's. */
function authorities({ certificates }: Binding): { ca?: string } {
    return certificates === undefined ? {} : { ca: certificates };
}
