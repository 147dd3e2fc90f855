import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join, sep } from "node:path";
import type { Env } from "../toolchain/cache";
import { findAll } from "../toolchain/executables";
import { canMakeCgroups } from "./cgroups";
import { must, quietly } from "./command";
import { INTERFACE, overlap, RANGES } from "./network";

/** What the node has for itself. */
export const NAMESPACES = ["--mount", "--net", "--pid", "--fork", "--mount-proc"];

/** Directories that the node sees empty, so that what programs write there stays inside. */
const HIDDEN = ["/run", "/var/run", "/var/log", "/var/lib", "/proc", "/sys"];

/** The root user's usual search path, which not every environment has. */
export function withSystemPath(env: Env): Env {
    return { ...env, PATH: [env.PATH, "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"].filter(Boolean).join(":") };
}

/** Why this machine can't run the cluster; nothing when it can. */
export function reasonAgainst(env: Env, cache: string): string | undefined {
    if (process.platform !== "linux") return `a cluster of our own needs Linux, and this is ${process.platform}`;
    if (process.getuid?.() !== 0) return "a cluster of our own needs root";
    if (!findAll("apt-get", env)[0]) return "a cluster of our own is made from Debian packages, and there is no apt-get here";
    if (!findAll("go", env)[0]) return "a cluster of our own is built with Go, and go isn't on the PATH";
    if (HIDDEN.some((directory) => `${cache}${sep}`.startsWith(`${directory}${sep}`))) {
        return `the cache ${cache} is in a directory that the node has for itself (${HIDDEN.join(", ")}): set PULUMI_DATA_SERVICES_CACHE`;
    }
    if (!quietly("unshare", ...NAMESPACES, "true")) {
        return "this machine lets nobody make namespaces (unshare fails), so it can't run a cluster of our own";
    }
    if (!canOverlay(cache)) return `the file system of ${cache} takes no overlay mounts, which containers need: set PULUMI_DATA_SERVICES_CACHE`;
    if (!canMakeCgroups()) return "this machine's control groups can't be written to, as in a container without privileges";
    return undefined;
}

/** Tries it with empty directories, in a mount namespace that ends with the trial. */
export function canOverlay(cache: string): boolean {
    mkdirSync(cache, { recursive: true });
    const trial = mkdtempSync(join(cache, "overlay-"));
    try {
        const directories = ["lower", "upper", "work", "all"].map((name) => join(trial, name));
        for (const directory of directories) mkdirSync(directory);
        const [lower, upper, work, all = ""] = directories;
        const options = `lowerdir=${lower},upperdir=${upper},workdir=${work}`;
        return quietly("unshare", ...NAMESPACES, "mount", "-t", "overlay", "overlay", "-o", options, all);
    } finally {
        rmSync(trial, { recursive: true, force: true });
    }
}

/** Refuses to take addresses that the machine uses for something else. */
export async function foreignRoute(): Promise<string | undefined> {
    const routes = JSON.parse(await must("ip", ["-4", "-json", "route", "show"])) as { dst: string; dev?: string }[];
    const clash = routes.find(({ dst, dev }) => dst !== "default" && dev !== INTERFACE && RANGES.some((range) => overlap(range, dst)));
    return clash && `the machine's route to ${clash.dst} (${clash.dev}) overlaps the cluster's addresses ${RANGES.join(", ")}`;
}
