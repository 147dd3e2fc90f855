import { execFileSync } from "node:child_process";
import { existsSync, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { type Env, readJson, writeJson } from "./cache";
import { findAll, isExecutable } from "./executables";
import type { Attempt } from "./toolchain";
import { atLeast, VERSIONS } from "./versions";

/** The user's own CLI, when it is new enough and has its language host. */
export function onPath(env: Env, cache: string): Attempt {
    const reasons: string[] = [];
    // A PATH that an earlier toolchain was added to leads back into the cache: that isn't the user's own.
    const found = findAll("pulumi", env).filter((path) => !isInside(cache, path));
    for (const pulumi of found) {
        const version = versionOf(pulumi, env, cache);
        if (version === undefined) reasons.push(`${pulumi} doesn't answer \`pulumi version\``);
        else if (!atLeast(version, VERSIONS.oldestPulumi)) {
            reasons.push(`${pulumi} is ${version}, and ${VERSIONS.oldestPulumi} is the oldest that works`);
        } else if (!hasLanguageHost(pulumi, env)) {
            reasons.push(`${pulumi} has no pulumi-language-nodejs beside it or on the PATH`);
        } else return { found: { pulumi, directories: [], source: "path" } };
    }
    return { reason: reasons.join("; ") || "not found" };
}

function isInside(directory: string, path: string): boolean {
    return existsSync(directory) && realpathSync(path).startsWith(realpathSync(directory) + sep);
}

function hasLanguageHost(pulumi: string, env: Env): boolean {
    const file = process.platform === "win32" ? "pulumi-language-nodejs.exe" : "pulumi-language-nodejs";
    return (
        isExecutable(join(dirname(pulumi), file)) ||
        isExecutable(join(dirname(realpathSync(pulumi)), file)) ||
        findAll("pulumi-language-nodejs", env).length > 0
    );
}

/** Asking takes a second, so the answer is kept for as long as the file stays the same. */
function versionOf(pulumi: string, env: Env, cache: string): string | undefined {
    const { mtimeMs, size } = statSync(pulumi);
    const key = `${pulumi} ${mtimeMs} ${size}`;
    const memory = join(cache, "versions-on-path.json");
    const known = readJson<Record<string, string>>(memory) ?? {};
    if (known[key] !== undefined) return known[key];
    try {
        const answer = execFileSync(pulumi, ["version"], {
            encoding: "utf8",
            env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" } as NodeJS.ProcessEnv,
            stdio: ["ignore", "pipe", "ignore"],
            timeout: 30_000,
        }).trim();
        if (!/^v?\d+\.\d+\.\d+/.test(answer)) return undefined;
        writeJson(memory, { [key]: answer });
        return answer;
    } catch {
        return undefined;
    }
}
