import { chmodSync, copyFileSync, cpSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ensureArtefact, type Workshop } from "./artefact";
import { type Env, hashOf } from "./cache";
import { findAll } from "./executables";
import { type Binary, type Part, RECIPES, type Recipe } from "./parts";
import { run } from "./run";
import { type Progress, ToolchainError } from "./toolchain";

export { duration } from "./artefact";

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
    const { title, version, minutes } = RECIPES[part];
    const artefact = {
        directory: builtDirectory(part, cache),
        lock: join(cache, "locks", part),
        title,
        what: `${title} ${version} from Go modules`,
        minutes,
    };
    return ensureArtefact(artefact, progress, (workshop) => build(RECIPES[part], workshop, env, artefact.what));
}

async function build(recipe: Recipe, { out, scratch }: Workshop, env: Env, what: string): Promise<void> {
    if (process.platform === "win32") throw new ToolchainError("the build from Go modules needs Linux or macOS");
    const go = new Go(env, what);
    for (const binary of recipe.binaries) {
        // A copy: the checkout may be read-only, and is nobody's scratch space anyway.
        const module = join(scratch, binary.module);
        cpSync(join(GO_SOURCES, binary.module), module, { recursive: true });
        if (recipe.embeds) await copyEmbeds(recipe.embeds, go, module);
        await go.build(module, binary, out);
    }
    for (const file of recipe.hosts) copyFileSync(join(HOSTS, file), join(out, file));
    for (const file of readdirSync(out)) chmodSync(join(out, file), 0o755);
}

async function copyEmbeds(embeds: NonNullable<Recipe["embeds"]>, go: Go, module: string): Promise<void> {
    const directory = await go.directoryOf(module, embeds.module);
    for (const file of embeds.files) copyFileSync(join(directory, embeds.from, file), join(module, file));
}

/** Of the compiler itself, which spends a quarter less time so; a gigabyte is what the largest package takes anyway. */
const LAZY_COLLECTOR = { GOGC: "400", GOMEMLIMIT: "1GiB" };

/** The Go compiler of the PATH. The same flags everywhere, since others would compile every dependency again. */
export class Go {
    readonly #go: string;
    readonly #env: Env;

    constructor(
        env: Env,
        readonly what: string,
    ) {
        const go = findAll("go", env)[0];
        if (!go) throw new ToolchainError("go isn't on the PATH");
        this.#go = go;
        this.#env = { ...LAZY_COLLECTOR, ...env, CGO_ENABLED: "0", GOWORK: "off", GOFLAGS: "" };
    }

    async build(module: string, binary: Omit<Binary, "module">, out: string): Promise<void> {
        const variables = Object.entries(binary.variables).map(([name, value]) => `-X ${name}=${value}`);
        const flags = ["-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", ["-s -w", ...variables].join(" ")];
        await this.#run(["build", ...flags, "-o", join(out, binary.output), binary.package], module);
    }

    /** Where the module cache keeps a dependency's files. */
    async directoryOf(module: string, dependency: string): Promise<string> {
        const answer = await this.#run(["mod", "download", "-json", dependency], module);
        return (JSON.parse(answer) as { Dir: string }).Dir;
    }

    async #run(args: readonly string[], cwd: string): Promise<string> {
        const outcome = await run(this.#go, args, { cwd, env: this.#env });
        if (!outcome.ok) {
            throw new ToolchainError(`building ${this.what} failed: ${["go", ...args].join(" ")}\n${indent(outcome.tail)}`);
        }
        return outcome.stdout;
    }
}

export function indent(text: string): string {
    return text.replace(/^/gm, "    ");
}
