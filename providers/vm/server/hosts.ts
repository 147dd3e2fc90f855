import { EventEmitter, once } from "node:events";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type SshConnection, SshError, type SshTarget, withSsh } from "../../remote/ssh";
import type { HostAccess, Login } from "../placement";

/** An open connection that the services of one host share. */
interface Shared {
    readonly connection: Promise<SshConnection>;
    users: number;
    /** Ends it. */
    close(): void;
    idle?: NodeJS.Timeout;
    readonly turns: Turns;
}

/** So long a connection is kept after its last use: the next resource of the same host is seldom far. */
const idleMilliseconds = 2000;
/** OpenSSH's MaxSessions is 10 unless it says otherwise. */
const mostCommands = 8;

const open = new Map<string, Shared>();

/** Runs `action` with a connection to a host; several at once share one. */
export async function onHost<Result>({ login }: HostAccess, action: (connection: SshConnection) => Promise<Result>): Promise<Result> {
    const key = JSON.stringify(login);
    const shared = open.get(key) ?? connect(key, login);
    shared.users++;
    clearTimeout(shared.idle);
    try {
        const connection = await shared.connection;
        return await action({
            exec: (command, options) => shared.turns.take(() => connection.exec(command, options)),
            forward: (host, port) => connection.forward(host, port),
        });
    } catch (error) {
        if (error instanceof SshError && open.get(key) === shared) {
            open.delete(key);
            shared.close();
        }
        throw error;
    } finally {
        shared.users--;
        if (shared.users === 0) {
            shared.idle = setTimeout(() => {
                if (shared.users === 0) {
                    open.delete(key);
                    shared.close();
                }
            }, idleMilliseconds);
        }
    }
}

function connect(key: string, login: Login): Shared {
    const ending = new EventEmitter();
    const closed = once(ending, "end");
    const connection = new Promise<SshConnection>((resolve, reject) => {
        targetOf(login)
            .then((target) =>
                withSsh(target, (opened) => {
                    resolve(opened);
                    return closed;
                }),
            )
            .catch(reject);
    });
    connection.catch(() => open.delete(key));
    const shared: Shared = { connection, users: 0, close: () => void ending.emit("end"), turns: new Turns(mostCommands) };
    open.set(key, shared);
    return shared;
}

/** The login with its key read from where it is, at the moment of use. */
async function targetOf({ privateKeyFile, jump, ...login }: Login): Promise<SshTarget> {
    return {
        ...login,
        ...(privateKeyFile === undefined ? {} : { privateKey: await readKey(privateKeyFile) }),
        ...(jump === undefined ? {} : { jump: await targetOf(jump) }),
    };
}

async function readKey(file: string): Promise<string> {
    try {
        return await readFile(file.startsWith("~/") ? join(homedir(), file.slice(2)) : file, "utf8");
    } catch (error) {
        throw new SshError(
            "private-key",
            `The privateKeyFile ${file} can't be read on this machine (${(error as NodeJS.ErrnoException).code}). Put the key there, or name another file.`,
        );
    }
}

/** Lets so many run at once; the others wait for their turn. */
class Turns {
    private readonly waiting: (() => void)[] = [];

    constructor(private free: number) {}

    async take<Result>(action: () => Promise<Result>): Promise<Result> {
        if (this.free === 0) {
            await new Promise<void>((resolve) => this.waiting.push(resolve));
        } else {
            this.free--;
        }
        try {
            return await action();
        } finally {
            const next = this.waiting.shift();
            if (next) {
                next();
            } else {
                this.free++;
            }
        }
    }
}
