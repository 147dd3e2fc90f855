import { delimiter } from "node:path";
import { built } from "./build";
import { cacheDirectory, type Env } from "./cache";
import { searchPath } from "./executables";
import { fromNpm } from "./from-npm";
import { onPath } from "./on-path";
import type { Part } from "./parts";
import { type Progress, type Success, ToolchainError } from "./toolchain";
import { VERSIONS } from "./versions";

export type { Part } from "./parts";
export { ToolchainError } from "./toolchain";
export { VERSIONS } from "./versions";

export interface Toolchain {
    /** To merge into `process.env` for every process that runs the CLI. */
    readonly env: Record<string, string>;
    /** The CLI. */
    readonly pulumi: string;
    /** The user's own, the official one by npm, or one built from Go modules. */
    readonly source: "path" | "npm" | "built";
}

export interface ToolchainOptions {
    /** Takes a line now and then while something is installed or built. @default the lines go to stderr */
    readonly progress?: (line: string) => void;
    /** Where to look for commands and for the cache's place. @default process.env */
    readonly env?: Env;
}

/**
 * Finds the Pulumi CLI, or gets it: the user's own, the official one, or a build from Go modules. Costs some
 * milliseconds once that has happened. With an official CLI the engine installs the plugins by itself; with a built
 * one those asked for are built too.
 */
export async function ensureToolchain(parts: readonly Part[], options: ToolchainOptions = {}): Promise<Toolchain> {
    const env = options.env ?? process.env;
    const progress = options.progress ?? ((line) => void process.stderr.write(`${line}\n`));
    const cache = cacheDirectory(env);

    const own = onPath(env, cache);
    if ("found" in own) return toolchain(own, env);
    const official = await fromNpm(env, cache, progress);
    if ("found" in official) return toolchain(official, env);
    try {
        return toolchain(await fromGo(parts, env, cache, progress), env);
    } catch (error) {
        if (!(error instanceof ToolchainError)) throw error;
        throw new ToolchainError(explain(own.reason, official.reason, error.message), { cause: error });
    }
}

/** The CLI is always built; plugins only when asked for. */
async function fromGo(parts: readonly Part[], env: Env, cache: string, progress: Progress): Promise<Success> {
    const directories: string[] = [];
    for (const part of new Set<Part>(["pulumi", ...parts])) directories.push(await built(part, env, cache, progress));
    return { found: { pulumi: `${directories[0]}/pulumi`, directories, source: "built" } };
}

function toolchain({ found }: Success, env: Env): Toolchain {
    const { pulumi, directories, source } = found;
    const added: Record<string, string> = { PULUMI_SKIP_UPDATE_CHECK: "true" };
    if (directories.length > 0) {
        const rest = searchPath(env).filter((directory) => !directories.includes(directory));
        added.PATH = [...directories, ...rest].join(delimiter);
    }
    // The engine finds built plugins on the PATH, unless it is told not to look there.
    if (source === "built") added.PULUMI_IGNORE_AMBIENT_PLUGINS = "false";
    return { env: added, pulumi, source };
}

function explain(path: string, npm: string, go: string): string {
    return [
        "There is no Pulumi CLI to use. Tried, in this order:",
        `  1. pulumi on the PATH: ${path}`,
        `  2. the npm package pulumi@${VERSIONS.pulumi}, which downloads the official CLI: ${npm}`,
        `  3. a build from Go modules: ${go}`,
        "Any one of these is enough; install one and run this again:",
        `  - the Pulumi CLI, ${VERSIONS.oldestPulumi} or newer: https://www.pulumi.com/docs/install/`,
        "  - Go, 1.25 or newer, to build it (about 7 minutes, once): https://go.dev/dl/",
    ].join("\n");
}
