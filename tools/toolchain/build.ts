import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Env, hashOf } from "./cache";
import { findAll } from "./executables";
import { withLock } from "./lock";
import { type Part, RECIPES, type Recipe } from "./parts";
import { run } from "./run";
import { type Progress, ToolchainError } from "./toolchain";

export const GO_SOURCES = join(__dirname, "go");
const HOSTS = join(__dirname, "hosts");

/** Where a part is, or will be: another version, source or platform is another folder. */
export function builtDirectory(part: Part, cache: string, sources = GO_SOURCES): string {
    const recipe = RECIPES[part];
    const modules = [...new Set(recipe.binaries.map((binary) => join(sources, binary.module)))];
    const hash = hashOf([...modules, ...recipe.hosts.map((file) => join(HOSTS, file))]);
    return join(cache, "built", `${part}-${recipe.version}-${hash}-${process.platform}-${process.arch}`);
}

/** Builds a part unless it is there already, and says which folder belongs on the PATH. */
export async function built(part: Part, env: Env, cache: string, progress: Progress): Promise<string> {
    const directory = builtDirectory(part, cache);
    if (exists(directory)) return directory;
    const go = findAll("go", env)[0];
    if (!go) throw new ToolchainError("go isn't on the PATH");
    if (process.platform === "win32") throw new ToolchainError("the build from Go modules needs Linux or macOS");
    const waiting = (pid: number | undefined) => progress(`waiting for another process${pid ? ` (${pid})` : ""} that is building ${RECIPES[part].title} ...`);
    await withLock(
        join(cache, "locks", part),
        async () => {
            if (!exists(directory)) await build(RECIPES[part], go, directory, env, progress);
        },
        waiting,
    );
    return directory;
}

async function build(recipe: Recipe, go: string, directory: string, env: Env, progress: Progress): Promise<void> {
    const parent = join(directory, "..");
    mkdirSync(parent, { recursive: true });
    dropAbandoned(parent);
    const scratch = mkdtempSync(join(parent, "unfinished-"));
    const what = `${recipe.title} ${recipe.version} from Go modules`;
    const begun = Date.now();
    const tell = () => progress(`building ${what}, about ${recipe.minutes} minutes the first time on 2 cores ... ${duration(Date.now() - begun)}`);
    tell();
    const ticking = setInterval(tell, 15_000);
    try {
        const out = join(scratch, "bin");
        mkdirSync(out);
        for (const binary of recipe.binaries) {
            // A copy: the checkout may be read-only, and is nobody's scratch space anyway.
            const module = join(scratch, binary.module);
            cpSync(join(GO_SOURCES, binary.module), module, { recursive: true });
            const goEnv: Env = { ...env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "" };
            if (recipe.embeds) await copyEmbeds(recipe.embeds, go, module, goEnv);
            const variables = Object.entries(binary.variables).map(([name, value]) => `-X ${name}=${value}`);
            const flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", ["-s -w", ...variables].join(" ")];
            await check(go, ["build", ...flags, "-o", join(out, binary.output), binary.package], module, goEnv, what);
        }
        for (const file of recipe.hosts) copyFileSync(join(HOSTS, file), join(out, file));
        for (const file of readdirSync(out)) chmodSync(join(out, file), 0o755);
        chmodSync(out, 0o755);
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

async function copyEmbeds(embeds: NonNullable<Recipe["embeds"]>, go: string, module: string, env: Env): Promise<void> {
    const answer = await check(go, ["mod", "download", "-json", embeds.module], module, env, embeds.module);
    const { Dir } = JSON.parse(answer) as { Dir: string };
    for (const file of embeds.files) copyFileSync(join(Dir, embeds.from, file), join(module, file));
}

async function check(go: string, args: readonly string[], cwd: string, env: Env, what: string): Promise<string> {
    const outcome = await run(go, args, { cwd, env });
    if (!outcome.ok) {
        throw new ToolchainError(`building ${what} failed: ${["go", ...args].join(" ")}\n${indent(outcome.tail)}`);
    }
    return outcome.stdout;
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

function indent(text: string): string {
    return text.replace(/^/gm, "    ");
}
