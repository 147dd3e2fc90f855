import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { killProcessesOf } from "./processes";

let root: string | undefined;

/** The directory of this run of the tests; removed when the run ends, whatever ended it. */
export function sandbox(): string {
    if (root === undefined) {
        root = realpathSync(mkdtempSync(join(tmpdir(), "pulumi-data-services-test-")));
        // Servers that root starts run as another account, which must be able to pass.
        chmodSync(root, 0o711);
        process.once("exit", () => discard(root as string));
    }
    return root;
}

/** A new directory of one test. */
export function newDirectory(name: string): string {
    const directory = mkdtempSync(join(sandbox(), `${name}-`));
    chmodSync(directory, 0o711);
    return directory;
}

/** A directory that all tests of this run share. */
export function sharedDirectory(name: string): string {
    const directory = join(sandbox(), name);
    mkdirSync(directory, { recursive: true, mode: 0o711 });
    return directory;
}

/** Ends every process that works in a directory, and removes it. */
export function discard(directory: string): void {
    killProcessesOf(directory);
    rmSync(directory, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
}
