import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { withLock } from "./lock";
import type { Progress } from "./toolchain";

/** A directory of the cache that takes minutes to make. */
export interface Artefact {
    readonly directory: string;
    /** Of those who want the same at once, one makes it and the others wait. */
    readonly lock: string;
    /** What people call it: "the Pulumi CLI". */
    readonly title: string;
    /** The same with its origin, for the progress lines: "the Pulumi CLI 3.250.0 from Go modules". */
    readonly what: string;
    /** What making it took on two cores. */
    readonly minutes: number;
}

/** What is made, and room for what only the making needs. Both are gone if the process dies. */
export interface Workshop {
    readonly out: string;
    readonly scratch: string;
}

/** Makes an artefact unless it is there: beside its place first, so that nobody ever sees half of it. */
export async function ensureArtefact(artefact: Artefact, progress: Progress, make: (workshop: Workshop) => Promise<void>): Promise<string> {
    const { directory, lock, title } = artefact;
    if (exists(directory)) return directory;
    const waiting = (pid: number | undefined) => progress(`waiting for another process${pid ? ` (${pid})` : ""} that is building ${title} ...`);
    await withLock(
        lock,
        async () => {
            if (!exists(directory)) await makeBeside(artefact, progress, make);
        },
        waiting,
    );
    return directory;
}

async function makeBeside({ directory, what, minutes }: Artefact, progress: Progress, make: (workshop: Workshop) => Promise<void>): Promise<void> {
    const parent = join(directory, "..");
    mkdirSync(parent, { recursive: true });
    dropAbandoned(parent);
    const scratch = mkdtempSync(join(parent, "unfinished-"));
    const begun = Date.now();
    const about = `about ${minutes} ${minutes === 1 ? "minute" : "minutes"}`;
    const tell = () => progress(`building ${what}, ${about} the first time on 2 cores ... ${duration(Date.now() - begun)}`);
    tell();
    const ticking = setInterval(tell, 15_000);
    try {
        const out = join(scratch, "out");
        mkdirSync(out, { mode: 0o755 });
        await make({ out, scratch });
        try {
            renameSync(out, directory);
        } catch (error) {
            if (!exists(directory)) throw error; // otherwise somebody else has just finished the same
        }
        progress(`built ${what} in ${duration(Date.now() - begun)}`);
    } finally {
        clearInterval(ticking);
        rmSync(scratch, { recursive: true, force: true });
    }
}

/** What builds left behind that were killed: nothing takes a day. */
function dropAbandoned(parent: string): void {
    for (const name of readdirSync(parent).filter((name) => name.startsWith("unfinished-"))) {
        const path = join(parent, name);
        try {
            if (Date.now() - statSync(path).mtimeMs > 24 * 60 * 60 * 1000) rmSync(path, { recursive: true, force: true });
        } catch {
            // dropped by another process
        }
    }
}

function exists(directory: string): boolean {
    return statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

export function duration(milliseconds: number): string {
    const seconds = Math.round(milliseconds / 1000);
    return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}
