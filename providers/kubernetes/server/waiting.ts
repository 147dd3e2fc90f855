import { ApiError, ConnectionError } from "./api";

/** What is asked for and not yet so, in words for the person who waits. */
export interface Pending {
    readonly reason: string;
    /** Waiting longer won't help: someone must do something. @default false */
    readonly hopeless?: boolean;
}

export interface WaitOptions {
    /** For messages, such as `the database "orders"`. */
    readonly subject: string;
    /** @default 20 */
    readonly minutes?: number;
}

const pollMilliseconds = 1000;
const progressMilliseconds = 15_000;
/** Something that looks hopeless and mends itself, such as an image that arrives at the second attempt, gets this long. */
const hopelessMilliseconds = 60_000;

/**
 * Waits until `look` finds nothing pending, and says now and then what it waits for. An API server that is away for a while is waited for too.
 *
 * @throws Error with what was pending last, when the time is over or waiting won't help
 */
export async function waitFor({ subject, minutes = 20 }: WaitOptions, look: () => Promise<Pending | undefined>): Promise<void> {
    const begun = Date.now();
    let told = begun;
    let hopelessSince: number | undefined;
    for (;;) {
        const pending = await patiently(look);
        if (pending === undefined) {
            return;
        }
        const now = Date.now();
        hopelessSince = pending.hopeless ? (hopelessSince ?? now) : undefined;
        if (hopelessSince !== undefined && now - hopelessSince > hopelessMilliseconds) {
            throw new Error(`${subject} doesn't get ready: ${pending.reason}`);
        }
        if (now - begun > minutes * 60_000) {
            throw new Error(
                `${subject} isn't ready after ${minutes} minutes: ${pending.reason}. Once that is mended, run "pulumi up" again: it goes on from here.`,
            );
        }
        if (now - told >= progressMilliseconds) {
            told = now;
            console.info(`${subject}, after ${Math.round((now - begun) / 1000)} s: ${pending.reason}`);
        }
        await new Promise((resolve) => setTimeout(resolve, pollMilliseconds));
    }
}

async function patiently(look: () => Promise<Pending | undefined>): Promise<Pending | undefined> {
    try {
        return await look();
    } catch (error) {
        if (isPassing(error)) {
            return { reason: (error as Error).message };
        }
        throw error;
    }
}

/** Whether an error is one of the network or of a server that is just starting, and not an answer. */
export function isPassing(error: unknown): boolean {
    if (error instanceof ConnectionError) {
        return error.cause !== undefined;
    }
    // An API server that is just starting, or has too much to do.
    if (error instanceof ApiError) {
        return [429, 500, 502, 503, 504].includes(error.status);
    }
    const { code, message = "" } = error as { code?: string; message?: string };
    const codes = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "57P01", "57P02", "57P03", "08006"];
    return (
        codes.includes(code ?? "") ||
        // Valkey reads its data.
        /^LOADING /.test(message) ||
        /ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|socket disconnected|terminated unexpectedly|Connection is closed|timeout|no answer within/i.test(message)
    );
}
