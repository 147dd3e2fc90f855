import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { tlsOptions } from "../../protocols/tls";
import { connectionOptions, withConnection } from "../../protocols/valkey";
import type { Place, ReachedServer } from "./admin";
import { checkClaim } from "./claims";
import type { RemoteServerInputs } from "./inputs";
import { plaintext, RemoteError, subjectOf } from "./trouble";

/**
 * Looks at what a server is, and changes nothing.
 *
 * @returns its full version
 * @throws RemoteError where it isn't what was asked for, or clients couldn't use it
 */
export async function checkFitness(inputs: RemoteServerInputs, server: ReachedServer): Promise<string> {
    const version = await runningVersion(inputs, server);
    checkVersion(inputs, version);
    if (inputs.kind === "queue") {
        await checkClientPort(inputs, server);
    }
    if (inputs.evictionPolicy !== undefined) {
        await checkEvictionPolicy(inputs, server);
    }
    await checkClaim(inputs, server);
    return version;
}

/** @throws RemoteError where a living service would start empty on another server */
export async function checkMove(olds: Partial<RemoteServerInputs>, news: RemoteServerInputs, { protocol, admin }: ReachedServer): Promise<void> {
    const { host, port, path, kind, allowDataLoss = [] } = news;
    const moves = olds.host !== undefined && (olds.host !== host || olds.port !== port) && olds.path === path;
    if (!moves || path === undefined || allowDataLoss.includes("backend-change") || (await protocol.hasPath?.(admin, path)) !== false) {
        return;
    }
    throw new RemoteError(
        "moved",
        `${subjectOf(news)} has no ${kind === "database" ? "database" : "vhost"} "${path}" yet, and the service lives at ${olds.host}:${olds.port}: it would start empty. ` +
            `Copy the data first; or set the environment back; or, to leave the data behind, set allowDataLoss: ["backend-change"].`,
    );
}

async function runningVersion({ kind, ...inputs }: RemoteServerInputs, { protocol, admin, client }: ReachedServer): Promise<string> {
    try {
        return await protocol.version(admin);
    } catch (error) {
        // Without TLS Valkey waits for the rest of what it takes for a command; others complain at once.
        if (kind === "cache" && /ETIMEDOUT/.test((error as Error).message) && (await speaksPlainly(await client()))) {
            throw plaintext({ kind, ...inputs }, "it answers to plain text");
        }
        throw error;
    }
}

/** Whether a Valkey answers to a command that isn't encrypted. Nobody logs in. */
function speaksPlainly({ host, port }: Place): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect({ host, port });
        socket.setTimeout(5000, () => socket.destroy());
        socket.once("connect", () => socket.write("PING\r\n"));
        socket.once("data", (answer) => {
            resolve(/^[+-][A-Z]/.test(answer.toString("latin1")));
            socket.destroy();
        });
        socket.on("error", () => undefined);
        socket.once("close", () => resolve(false));
    });
}

function checkVersion(inputs: RemoteServerInputs, running: string): void {
    const { version, versions, kind } = inputs;
    const major = running.split(".")[0] as string;
    if (!versions.includes(major)) {
        throw new RemoteError("version", `${subjectOf(inputs)} runs version ${running}, which isn't supported. Supported: ${versions.join(", ")}.`);
    }
    if (version !== undefined && version !== major) {
        throw new RemoteError(
            "version",
            `${subjectOf(inputs)} runs version ${running}, and version: "${version}" was asked for. Its version is decided by whoever runs it: ` +
                `set version: "${major}", or remove it; or name a server of version ${version} for this ${kind}.`,
        );
    }
}

/** The management API answered already; clients use another port. */
async function checkClientPort({ certificates }: RemoteServerInputs, { client }: ReachedServer): Promise<void> {
    const { host, port, servername } = await client();
    await new Promise<void>((resolve, reject) => {
        const socket = connectTls({ host, port, ...tlsOptions({ host, servername, ...(certificates === undefined ? {} : { certificates }) }) });
        socket.setTimeout(10_000, () => socket.destroy(new Error("no answer within 10 s")));
        socket.once("error", reject);
        socket.once("secureConnect", () => {
            resolve();
            socket.destroy();
        });
    });
}

async function checkEvictionPolicy(inputs: RemoteServerInputs, { admin }: ReachedServer): Promise<void> {
    const info = await withConnection(connectionOptions(admin), (connection) => connection.info("memory"));
    const policy = /^maxmemory_policy:(.*?)\r?$/m.exec(info)?.[1];
    if (policy !== undefined && policy !== inputs.evictionPolicy) {
        throw new RemoteError(
            "policy",
            `${subjectOf(inputs)} has the maxmemory-policy "${policy}", and evictionPolicy: "${inputs.evictionPolicy}" was asked for. ` +
                `Remove evictionPolicy where the program can live with the server's, or have it changed there.`,
        );
    }
}
