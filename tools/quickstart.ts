import { spawn, spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { BindingValues } from "..";
import { ensureBuilt } from "./build";
import { quickstartDirectory, root } from "./paths";
import { ensureToolchain } from "./toolchain";
import { isAlive } from "./toolchain/lock";

const stack = "dev";

/** The quickstart's stack on this machine, in a file state of its own: neither the user's Pulumi login nor the checkout is touched. */
export class Quickstart {
    private readonly directory = quickstartDirectory();
    private readonly pulumi: string;
    private readonly env: NodeJS.ProcessEnv;

    private constructor(pulumi: string, env: NodeJS.ProcessEnv) {
        this.pulumi = pulumi;
        this.env = env;
    }

    /** Gets the engine, compiles the package and makes the state's directory. */
    static async open(): Promise<Quickstart> {
        const toolchain = await ensureToolchain(["pulumi"], { progress: (line) => console.error(line) });
        ensureBuilt();
        const directory = quickstartDirectory();
        const passphrase = join(directory, "passphrase");
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        if (!existsSync(passphrase)) {
            writeFileSync(passphrase, randomBytes(24).toString("hex"), { mode: 0o600 });
        }
        return new Quickstart(toolchain.pulumi, {
            ...process.env,
            ...toolchain.env,
            // Without attributes beside each file, which a CLI that is killed leaves half-written and then can't read.
            PULUMI_BACKEND_URL: `file://${directory}?metadata=skip`,
            PULUMI_CONFIG_PASSPHRASE_FILE: passphrase,
            PULUMI_CONFIG_PASSPHRASE: undefined,
            PULUMI_STACK: undefined,
            // The example's types are checked by `npm run check`, not at every run.
            PULUMI_NODEJS_TRANSPILE_ONLY: "true",
        });
    }

    static exists(): boolean {
        return existsSync(join(quickstartDirectory(), ".pulumi", "stacks", "quickstart", `${stack}.json`));
    }

    /** `pulumi up`, with the engine's own progress on the screen. */
    async up(): Promise<void> {
        this.releaseStaleLock();
        if (!Quickstart.exists()) {
            // The engine writes the stack's encryption salt into its config file: into a copy, not into the checkout.
            const example = join(root, "examples", "quickstart");
            const config = readFileSync(join(example, `Pulumi.${stack}.yaml`), "utf8");
            writeFileSync(this.configFile(), config.replace(/^encryptionsalt:.*\n?/m, ""));
            copyFileSync(join(example, "Pulumi.yaml"), join(this.directory, "Pulumi.yaml"));
            this.capture(["stack", "init", stack]);
        }
        await this.show(["up", "--yes", "--skip-preview", "--suppress-outputs", "--config-file", this.configFile()]);
    }

    /** `pulumi destroy`, and then the stack, the state and the directory. */
    async down(): Promise<void> {
        this.releaseStaleLock();
        await this.show(["destroy", "--yes", "--skip-preview", "--config-file", this.configFile()]);
        rmSync(this.directory, { recursive: true, force: true });
        console.log("Nothing is left of the quickstart.");
    }

    /** The bindings, secrets shown. */
    bindings(): Record<string, BindingValues> {
        return JSON.parse(this.capture(["stack", "output", "bindings", "--json", "--show-secrets", "--stack", stack]));
    }

    private configFile(): string {
        return join(this.directory, `Pulumi.${stack}.yaml`);
    }

    /** The lock of a `pulumi` that was killed would stop every later one; nobody else uses this state. */
    private releaseStaleLock(): void {
        const locks = join(this.directory, ".pulumi", "locks", "organization", "quickstart", stack);
        const held = existsSync(locks) ? readdirSync(locks).map((name) => JSON.parse(readFileSync(join(locks, name), "utf8")).pid as number) : [];
        if (held.length > 0 && !held.some(isAlive)) {
            console.error("an earlier run was interrupted: going on from where it stopped");
            this.capture(["cancel", "--yes", "--stack", stack]);
        }
    }

    private show(args: string[]): Promise<void> {
        return new Promise((resolve, reject) => {
            const child = spawn(this.pulumi, [...args, "--stack", stack], { cwd: root, env: this.env, stdio: "inherit" });
            child.on("error", reject);
            child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(`pulumi ${args[0]} failed; its messages are above`))));
        });
    }

    /** Runs beside the copy of the config file; such commands need the project's name and not its program. */
    private capture(args: string[]): string {
        const options = { cwd: this.directory, env: this.env, encoding: "utf8" } as const;
        const { status, stdout, stderr } = spawnSync(this.pulumi, [...args, "--non-interactive"], options);
        if (status !== 0) {
            throw new Error(`pulumi ${args[0]} failed: ${stderr.trim()}`);
        }
        return stdout;
    }
}
