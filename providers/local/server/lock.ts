import { open, readFile, rm, stat } from "node:fs/promises";
import { isAlive, waitUntil } from "./processes";

/** Longer than a server's start and shorter than a person's patience. */
const waitSeconds = 120;

/**
 * Runs `action` while no other process does the same under this file. The lock of a process that is gone doesn't count, so a killed
 * run blocks nobody.
 */
export async function withLock<Result>(file: string, action: () => Promise<Result>): Promise<Result> {
    if (!(await waitUntil(() => acquire(file), waitSeconds))) {
        throw new Error(
            `${file} has been held by the process ${await readFile(file, "utf8")} for ${waitSeconds} s. If that is no pulumi run, remove the file.`,
        );
    }
    try {
        return await action();
    } finally {
        await rm(file, { force: true });
    }
}

async function acquire(file: string): Promise<boolean> {
    try {
        const handle = await open(file, "wx", 0o600);
        await handle.writeFile(String(process.pid));
        await handle.close();
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
            throw error;
        }
    }
    if (await isStale(file)) {
        await rm(file, { force: true });
    }
    return false;
}

async function isStale(file: string): Promise<boolean> {
    const owner = Number(await readFile(file, "utf8").catch(() => ""));
    if (owner > 0) {
        return !(await isAlive(owner));
    }
    // Its owner was killed between making and writing it, or is about to write.
    const made = await stat(file).catch(() => undefined);
    return made !== undefined && Date.now() - made.mtimeMs > 2000;
}
