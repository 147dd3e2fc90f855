import { readFileSync } from "node:fs";

/** A real server whose administrator lets the recording provider make what AWS would make on a new one. */
export interface RealServer {
    readonly host: string;
    readonly port: number;
    /** The authority that signed its certificate. */
    readonly certificates: string;
    readonly administrator: { readonly username: string; readonly password: string };
    /** RabbitMQ only: where its HTTP API is. */
    readonly managementUri?: string;
}

/** The servers that stand behind recorded objects, so that clients of these find something that answers. */
export interface RealServers {
    readonly database?: RealServer;
    readonly queue?: RealServer;
    readonly cache?: RealServer;
}

/** Names a JSON file of {@link RealServers}. */
export const SERVERS_VARIABLE = "RECORDING_AWS_SERVERS";

export function realServers(env: NodeJS.ProcessEnv): RealServers {
    const file = env[SERVERS_VARIABLE];
    return file ? (JSON.parse(readFileSync(file, "utf8")) as RealServers) : {};
}
