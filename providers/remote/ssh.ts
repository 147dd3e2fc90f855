/** Commands and tunnels over SSH. The library is loaded by the first connection; programs may import this file's types for free. */
import { createHash, timingSafeEqual } from "node:crypto";
import { type AddressInfo, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client, ClientChannel, ConnectConfig } from "ssh2";
import { loadOptional } from "../../components/optional-package";

/** A machine that is reached over SSH, and who logs in there. */
export interface SshTarget {
    readonly host: string;
    /** @default 22 */
    readonly port?: number;
    readonly user: string;
    /** The private key's text: OpenSSH's or PEM, without a passphrase. Secret. */
    readonly privateKey?: string;
    /** Logs in with the keys of the agent at `SSH_AUTH_SOCK`. @default false */
    readonly agent?: boolean;
    /** The machine's own public key, as `ssh-keyscan` prints it ("ssh-ed25519 AAAA…"), or its fingerprint ("SHA256:…"). */
    readonly hostKey: string;
    /** The machine through which this one is reached. @default none: it is reached directly */
    readonly jump?: SshTarget;
}

/** What came of a command. */
export interface SshResult {
    /** The exit code; 255 where a signal ended the command. */
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
}

/** A local port that leads through the connection. */
export interface SshForward {
    /** On 127.0.0.1. */
    readonly port: number;
    /** Why the far end could not be reached from the machine at the other end; undefined as long as it could. */
    problem(): string | undefined;
    close(): Promise<void>;
}

/** An open connection. It lives as long as the action that {@link withSsh} runs. */
export interface SshConnection {
    /** Runs a command by the user's shell. Secrets go to its standard input, never into the command. */
    exec(command: string, options?: { readonly stdin?: string | Buffer }): Promise<SshResult>;
    /** Opens a local port that leads to `host:port` as the other machine sees it. */
    forward(host: string, port: number): Promise<SshForward>;
}

/** Why there is no connection: the name lets callers tell what may pass by itself (`unreachable`, `refused`, `timeout`, `lost`) from what never does. */
export type SshTrouble = "unreachable" | "refused" | "timeout" | "lost" | "host-key" | "login" | "private-key" | "protocol";

/** SSH didn't get through, and why. Never with a secret. */
export class SshError extends Error {
    constructor(
        readonly trouble: SshTrouble,
        message: string,
        options?: ErrorOptions,
    ) {
        super(message, options);
    }
}

const connectMilliseconds = 20_000;
const keepaliveMilliseconds = 10_000;

/** The kinds of host keys, each with the algorithms that a server proves it by; in the order in which they are asked for. */
const hostKeyKinds: readonly (readonly HostKeyAlgorithm[])[] = [
    ["ssh-ed25519"],
    ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
    ["rsa-sha2-512", "rsa-sha2-256"],
];
type HostKeyAlgorithm = Extract<NonNullable<NonNullable<ConnectConfig["algorithms"]>["serverHostKey"]>, readonly unknown[]>[number];

/**
 * Connects, runs `action` and disconnects. Nothing is sent to a machine whose host key isn't the pinned one.
 *
 * @throws SshError when there is no connection, or it is lost while `action` waits for it
 */
export async function withSsh<Result>(target: SshTarget, action: (connection: SshConnection) => Promise<Result>): Promise<Result> {
    if (target.jump === undefined) {
        return run(target, undefined, action);
    }
    const { host, port = 22, jump } = target;
    return connected(jump, undefined, (outer) => run(target, () => openChannel(outer, jump, host, port), action));
}

function run<Result>(target: SshTarget, via: (() => Promise<Duplex>) | undefined, action: (connection: SshConnection) => Promise<Result>): Promise<Result> {
    return connected(target, via, (client) =>
        action({
            exec: (command, { stdin } = {}) => untilLost(client, target, execute(client, target, command, stdin)),
            forward: (host, port) => openForward(client, target, host, port),
        }),
    );
}

/** Opens a connection for as long as `action` takes. */
async function connected<Result>(target: SshTarget, via: (() => Promise<Duplex>) | undefined, action: (client: Client) => Promise<Result>): Promise<Result> {
    const ssh2 = load();
    const config = login(target, ssh2);
    const pin = pinned(target);
    const seen: string[] = [];
    for (const algorithms of pin.algorithms) {
        const client = new ssh2.Client();
        try {
            await open(client, target, {
                ...config,
                ...(via === undefined ? { host: target.host, port: target.port ?? 22 } : { sock: await via() }),
                algorithms: { serverHostKey: [...algorithms] },
                hostVerifier: (key: Buffer) => {
                    seen.push(fingerprint(key));
                    return pin.matches(key);
                },
            });
        } catch (error) {
            client.destroy();
            if (isAboutHostKey(error)) {
                continue;
            }
            throw explained(error, target, config);
        }
        try {
            return await action(client);
        } finally {
            client.end();
        }
    }
    throw wrongHostKey(target, pin.expected, seen);
}

function open(client: Client, { host }: SshTarget, config: ConnectConfig): Promise<void> {
    return new Promise((resolve, reject) => {
        client.once("ready", resolve);
        // Stays, since an error without a listener would end this process; what waits then hears of the end by "close".
        client.on("error", reject);
        client.once("close", () => reject(new Error(`${host} closed the connection`)));
        client.connect({ ...config, readyTimeout: connectMilliseconds, keepaliveInterval: keepaliveMilliseconds, keepaliveCountMax: 3 });
    });
}

/** Who logs in, checked before anything is sent. */
function login(target: SshTarget, { utils }: typeof import("ssh2")): Pick<ConnectConfig, "username" | "privateKey" | "agent"> {
    const { user, privateKey, agent = false } = target;
    if (privateKey === undefined && !agent) {
        throw new SshError("private-key", `${named(target)} has neither a privateKey nor agent: true. Set one of them.`);
    }
    if (privateKey !== undefined) {
        const parsed = utils.parseKey(privateKey);
        if (parsed instanceof Error) {
            const reason = /encrypted|passphrase/i.test(parsed.message) ? "it is protected by a passphrase" : "it is no private key in OpenSSH's format or PEM";
            throw new SshError(
                "private-key",
                `The private key for ${named(target)} can't be read: ${reason}. Give the text of a key without a passphrase, or load the key into an agent and set agent: true.`,
            );
        }
    }
    const socket = process.env.SSH_AUTH_SOCK;
    if (agent && !socket) {
        throw new SshError(
            "private-key",
            `${named(target)} is to be reached with an agent's keys, but SSH_AUTH_SOCK isn't set. Start an agent, or give a privateKey.`,
        );
    }
    return { username: user, ...(privateKey === undefined ? {} : { privateKey }), ...(agent && socket ? { agent: socket } : {}) };
}

/** The host key that is trusted: what it is called in messages, what to ask the server for, and whether a key is it. */
function pinned(target: SshTarget): { expected: string; algorithms: readonly (readonly HostKeyAlgorithm[])[]; matches: (key: Buffer) => boolean } {
    // Lines of ssh-keyscan begin with the host, and public key files end with a comment.
    const [, kind = "", text = ""] = /(?:^|\s)(ssh-\S+|ecdsa-\S+|SHA256:\S+)(?:\s+(\S+))?/.exec(target.hostKey) ?? [];
    if (/^SHA256:[A-Za-z0-9+/]{43}=?$/.test(kind)) {
        const expected = kind.replace(/=$/, "");
        return { expected, algorithms: hostKeyKinds, matches: (key) => isEqual(fingerprint(key), expected) };
    }
    const blob = Buffer.from(text, "base64");
    const algorithms = hostKeyKinds.filter((names) => names.includes(kind as HostKeyAlgorithm) || (kind === "ssh-rsa" && names.includes("rsa-sha2-512")));
    // A key's text begins with the length and the name of its kind.
    if (algorithms.length === 0 || blob.subarray(4, 4 + kind.length).toString() !== kind) {
        throw new SshError(
            "host-key",
            `The host key of ${named(target)} can't be read: give what "ssh-keyscan ${target.host}" prints, such as "ssh-ed25519 AAAA…", or a fingerprint "SHA256:…".`,
        );
    }
    return { expected: fingerprint(blob), algorithms, matches: (key) => key.equals(blob) };
}

function isEqual(one: string, other: string): boolean {
    return one.length === other.length && timingSafeEqual(Buffer.from(one), Buffer.from(other));
}

/** As OpenSSH shows it. */
function fingerprint(key: Buffer): string {
    return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The pinned key isn't the one that was shown, or the server has none of that kind. */
function isAboutHostKey(error: unknown): boolean {
    return /Host denied|no matching host key format/i.test((error as Error).message);
}

function wrongHostKey(target: SshTarget, expected: string, seen: readonly string[]): SshError {
    const shown = seen.length === 0 ? "it has no key of that kind" : `it shows ${seen.join(", ")}`;
    return new SshError(
        "host-key",
        `The host key of ${named(target)} isn't the pinned one: expected ${expected}, but ${shown}. Nobody logged in. ` +
            "Either the machine was set up anew: check its key there (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub) and set hostKey; or somebody is in between.",
    );
}

/** An error of the library, in words that say what to do. */
function explained(error: unknown, target: SshTarget, config: Pick<ConnectConfig, "privateKey" | "agent">): SshError {
    if (error instanceof SshError) {
        return error;
    }
    const { code, level, message } = error as Error & { code?: string; level?: string };
    const where = target.jump === undefined ? "from here" : `from ${target.jump.host}`;
    const as = (trouble: SshTrouble, text: string) => new SshError(trouble, `${named(target)} ${text}`, { cause: error });
    if (level === "client-authentication") {
        const offered = [
            ...(config.privateKey === undefined ? [] : [`the key ${publicFingerprint(config.privateKey)}`]),
            ...(config.agent ? ["the agent's keys"] : []),
        ];
        return as(
            "login",
            `doesn't let "${target.user}" in with ${offered.join(" and ")}. Put the public key into that user's authorized_keys, or correct the user or the key.`,
        );
    }
    if (level === "agent") {
        return as("login", `can't be logged in to: the agent at SSH_AUTH_SOCK gives no key (${message}). Check with: ssh-add -l`);
    }
    switch (code) {
        case "ECONNREFUSED":
            return as("refused", "refuses connections: nothing listens there. Check the port, and that the SSH server runs.");
        case "ENOTFOUND":
        case "EAI_AGAIN":
            return as("unreachable", `can't be reached: the name "${target.host}" isn't known ${where}.`);
        case "EHOSTUNREACH":
        case "ENETUNREACH":
            return as("unreachable", `can't be reached: there is no way to it ${where}.`);
        case "ETIMEDOUT":
            return as("timeout", timeoutText(where));
    }
    if (level === "client-timeout") {
        return as("timeout", timeoutText(where));
    }
    if (code === "ECONNRESET" || /closed the connection|Connection lost/i.test(message)) {
        return as("lost", "closed the connection before the login. Check that an SSH server listens on this port, and its log.");
    }
    return as("protocol", `can't be talked to: ${message}`);
}

function timeoutText(where: string): string {
    return `doesn't answer within ${connectMilliseconds / 1000} s. Check the address, and that firewalls let SSH through ${where}.`;
}

function publicFingerprint(privateKey: NonNullable<ConnectConfig["privateKey"]>): string {
    const parsed = load().utils.parseKey(privateKey);
    return parsed instanceof Error ? "given" : fingerprint(parsed.getPublicSSH());
}

function named({ user, host, port = 22 }: SshTarget): string {
    return `SSH to ${user}@${host.includes(":") ? `[${host}]` : host}:${port}`;
}

function execute(client: Client, target: SshTarget, command: string, stdin: string | Buffer | undefined): Promise<SshResult> {
    return new Promise((resolve, reject) => {
        client.exec(command, (error, channel) => {
            if (error) {
                reject(new SshError("protocol", `${named(target)} doesn't run commands: ${error.message}`, { cause: error }));
                return;
            }
            const out: Buffer[] = [];
            const err: Buffer[] = [];
            let code = 255;
            channel.on("data", (part: Buffer) => out.push(part));
            channel.stderr.on("data", (part: Buffer) => err.push(part));
            channel.on("exit", (exit: number | null) => {
                code = exit ?? 255;
            });
            channel.on("close", () => resolve({ code, stdout: Buffer.concat(out).toString(), stderr: Buffer.concat(err).toString() }));
            // A command that doesn't read to the end of its input is not an error.
            channel.on("error", () => undefined);
            channel.end(stdin ?? "");
        });
    });
}

async function openForward(client: Client, target: SshTarget, host: string, port: number): Promise<SshForward> {
    const sockets = new Set<Socket>();
    let problem: string | undefined;
    const server = createServer((socket) => {
        sockets.add(socket);
        socket.on("close", () => sockets.delete(socket));
        socket.on("error", () => socket.destroy());
        openChannel(client, target, host, port).then(
            (channel) => {
                channel.on("error", () => socket.destroy());
                channel.on("close", () => socket.destroy());
                socket.on("close", () => channel.destroy());
                socket.pipe(channel).pipe(socket);
            },
            (error) => {
                problem = (error as Error).message;
                socket.destroy();
            },
        );
    });
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject);
        server.listen(0, "127.0.0.1", resolve);
    });
    return {
        port: (server.address() as AddressInfo).port,
        problem: () => problem,
        close: () =>
            new Promise((resolve) => {
                for (const socket of sockets) {
                    socket.destroy();
                }
                server.close(() => resolve());
            }),
    };
}

/** A connection from the other machine to an address that it sees. */
function openChannel(client: Client, target: SshTarget, host: string, port: number): Promise<ClientChannel> {
    const opened = new Promise<ClientChannel>((resolve, reject) => {
        client.forwardOut("127.0.0.1", 0, host, port, (error, channel) => {
            if (error) {
                // RFC 4254: 1 is "administratively prohibited"; OpenSSH's own words are just "open failed".
                const forbidden = (error as Error & { reason?: number }).reason === 1;
                const reason = forbidden ? "it forbids tunnels (AllowTcpForwarding, PermitOpen in its sshd_config)" : error.message;
                reject(new SshError("unreachable", `${named(target)} can't connect to ${host}:${port}: ${reason.replace("(SSH) Channel open failure: ", "")}`));
            } else {
                resolve(channel);
            }
        });
    });
    return untilLost(client, target, opened);
}

/** Fails as soon as the connection is gone: the library leaves what waits for an answer waiting. */
async function untilLost<Result>(client: Client, target: SshTarget, work: Promise<Result>): Promise<Result> {
    let stop: () => void = () => undefined;
    const lost = new Promise<never>((_resolve, reject) => {
        const onClose = () => reject(new SshError("lost", `${named(target)} was cut off.`));
        client.once("close", onClose);
        stop = () => client.removeListener("close", onClose);
    });
    try {
        return await Promise.race([work, lost]);
    } finally {
        stop();
    }
}

function load(): typeof import("ssh2") {
    return loadOptional(
        () => require("ssh2"),
        'SSH connections need the package "ssh2", which isn\'t installed beside pulumi-data-services. Install it: npm install ssh2',
    );
}
