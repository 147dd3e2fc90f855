import { randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

export interface LockTimes {
    /** How often a waiter looks. */
    readonly poll: number;
    /** How often the owner says that it lives. */
    readonly beat: number;
    /** After how long without a word the owner counts as gone, though its process id may be in use. */
    readonly silence: number;
}

const TIMES: LockTimes = { poll: 250, beat: 5_000, silence: 60_000 };

interface Owner {
    readonly pid: number;
    readonly host: string;
    readonly token: string;
}

/**
 * Runs `work` while holding the lock `path`, a directory: making one is atomic everywhere. A lock whose owner died is
 * taken over. `waiting` is called once when somebody else holds it.
 */
export async function withLock<T>(
    path: string,
    work: () => Promise<T>,
    waiting: (pid: number | undefined) => void = () => {},
    times: LockTimes = TIMES,
): Promise<T> {
    const token = randomUUID();
    let told = false;
    while (!tryLock(path, token)) {
        const owner = readOwner(path);
        if (isStale(path, owner, times)) {
            remove(path, owner);
            continue;
        }
        if (!told) waiting(owner?.pid);
        told = true;
        await sleep(times.poll);
    }
    const beat = setInterval(() => {
        try {
            if (readOwner(path)?.token === token) utimesSync(path, new Date(), new Date());
        } catch {
            // Gone: taken over while this process was stopped. The work ends in an atomic rename, so both may finish.
        }
    }, times.beat);
    beat.unref();
    try {
        return await work();
    } finally {
        clearInterval(beat);
        if (readOwner(path)?.token === token) rmSync(path, { recursive: true, force: true });
    }
}

function tryLock(path: string, token: string): boolean {
    mkdirSync(dirname(path), { recursive: true });
    try {
        mkdirSync(path);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
    }
    writeFileSync(join(path, "owner.json"), JSON.stringify({ pid: process.pid, host: hostname(), token } satisfies Owner));
    return true;
}

function readOwner(path: string): Owner | undefined {
    try {
        return JSON.parse(readFileSync(join(path, "owner.json"), "utf8")) as Owner;
    } catch {
        return undefined;
    }
}

function isStale(path: string, owner: Owner | undefined, times: LockTimes): boolean {
    let age: number;
    try {
        age = Date.now() - statSync(path).mtimeMs;
    } catch {
        return false; // released just now
    }
    if (age > times.silence) return true;
    // Between making the directory and writing the owner is a moment, and a process may die in it.
    if (!owner) return age > times.beat;
    return owner.host === hostname() && !isAlive(owner.pid);
}

/** Whether a process exists. */
export function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
}

/** Moves the stale lock aside first: of several waiters only one can, and it checks that it moved what it judged. */
function remove(path: string, judged: Owner | undefined): void {
    const aside = `${path}.stale-${randomUUID()}`;
    try {
        renameSync(path, aside);
    } catch {
        return; // another waiter was faster
    }
    if (readOwner(aside)?.token !== judged?.token) {
        try {
            renameSync(aside, path); // a new owner came in between
            return;
        } catch {
            // and yet another one: that one holds it now
        }
    }
    rmSync(aside, { recursive: true, force: true });
}
