import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { newDirectory } from "./sandbox";

/** A file system in memory. */
export interface Mount {
    readonly directory: string;
    release(): void;
}

/** Why file systems can't be mounted here; undefined when they can. */
export function canMount(): string | undefined {
    if (process.platform !== "linux") {
        return "only Linux has tmpfs";
    }
    if (process.getuid?.() !== 0) {
        return "only root may mount a file system";
    }
    const directory = newDirectory("mount");
    if (spawnSync("mount", ["-t", "tmpfs", "tmpfs", directory]).status !== 0) {
        return "this machine lets nobody mount a file system";
    }
    execFileSync("umount", [directory]);
    return undefined;
}

/** Mounts a file system of a certain size. Give it back with `release`, also when a test fails. */
export function mountMemory(name: string, megabytes: number, options = "rw"): Mount {
    const directory = newDirectory(name);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${megabytes}m,mode=0755,${options}`, "tmpfs", directory]);
    const release = () => void spawnSync("umount", ["--lazy", directory]);
    process.once("exit", release);
    return { directory, release };
}

/** Fills a file system but for a few megabytes; the function that it returns frees it. */
export function fill(directory: string): () => void {
    const file = join(directory, "filler");
    const { bavail, bsize } = statfsSync(directory);
    writeFileSync(file, Buffer.alloc(bavail * bsize - 8 * 2 ** 20));
    return () => rmSync(file);
}
