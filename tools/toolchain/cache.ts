import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";

export type Env = Readonly<Record<string, string | undefined>>;

/** Where everything that was installed or built is kept: outside the checkout, shared by all checkouts of a user. */
export function cacheDirectory(env: Env, root = process.getuid?.() === 0): string {
    if (env.PULUMI_DATA_SERVICES_CACHE) return env.PULUMI_DATA_SERVICES_CACHE;
    if (env.XDG_CACHE_HOME) return join(env.XDG_CACHE_HOME, "pulumi-data-services");
    // Processes started as other users (database servers) must be able to reach what root puts there.
    if (root) return "/var/cache/pulumi-data-services";
    return join(env.HOME ?? homedir(), ".cache", "pulumi-data-services");
}

/** Twelve digits that change when any of the files, or anything in the folders, changes its name or content. */
export function hashOf(paths: readonly string[]): string {
    const hash = createHash("sha256");
    const add = (path: string, name: string) => {
        if (statSync(path).isDirectory()) {
            for (const entry of readdirSync(path).sort()) add(join(path, entry), `${name}/${entry}`);
        } else {
            const content = readFileSync(path);
            hash.update(`${name}\0${content.length}\0`).update(content);
        }
    };
    for (const [index, path] of paths.entries()) add(path, String(index));
    return hash.digest("hex").slice(0, 12);
}

export function readJson<T>(path: string): T | undefined {
    try {
        return JSON.parse(readFileSync(path, "utf8")) as T;
    } catch {
        return undefined;
    }
}

/** Readers see the old content or the new, never half of it. */
export function writeJson(path: string, value: unknown): void {
    mkdirSync(dirname(path), { recursive: true });
    const unfinished = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
    writeFileSync(unfinished, JSON.stringify(value));
    renameSync(unfinished, path);
}
