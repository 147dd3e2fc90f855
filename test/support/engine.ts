import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { stripVTControlCharacters } from "node:util";
import type { Environment } from "../../index";
import { type EngineEvent, readEvents, type Step, stepsOf } from "./events";
import { kill, type ProcessInfo, processesOf } from "./processes";
import { discard, newDirectory, sharedDirectory } from "./sandbox";

/** The root of the checkout, whose built package the programs import. */
export const checkout = resolve(__dirname, "..", "..");

export type Command = "up" | "preview" | "refresh" | "destroy";

export interface ProjectOptions {
    /** The text of `index.ts`. */
    readonly program: string;
    /** `data-services:environment` of the stack `dev`. @default every kind `local`, in {@link Project.data}, all of it ephemeral */
    readonly environment?: Environment | undefined;
    /** @default "shop" */
    readonly name?: string;
    /** The passphrase of the state's secrets. @default a random one */
    readonly passphrase?: string;
    /** Where `node_modules` is. @default the checkout's */
    readonly modules?: string | undefined;
    /** More variables for every run. */
    readonly env?: Readonly<Record<string, string>>;
}

export interface RunOptions {
    /** @default "dev" */
    readonly stack?: string;
    /** Show the preview first, as a person at a terminal sees it. @default false */
    readonly preview?: boolean;
    /** More arguments. */
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
}

/** How a run of `pulumi` ended. */
export interface Finished {
    /** -1 when it was killed. */
    readonly code: number;
    readonly stdout: string;
    readonly stderr: string;
    /** Both, without colours. */
    readonly output: string;
    readonly events: readonly EngineEvent[];
    readonly steps: readonly Step[];
    /** How many resources were created, updated, the same, and so on. */
    readonly changes: Readonly<Record<string, number>>;
}

/** A run of `pulumi` that may still be under way. */
export interface Run {
    readonly pid: number;
    readonly finished: Promise<Finished>;
    /** The events up to now. */
    events(): EngineEvent[];
    isOver(): boolean;
    /** SIGKILL to the CLI, as a user's `kill -9` or an out-of-memory killer does it. */
    kill(): Promise<Finished>;
}

/** A state as `pulumi stack export` prints it, in as much as tests look at it. */
export interface ExportedState {
    version: number;
    deployment: {
        resources?: {
            urn: string;
            type: string;
            id?: string;
            protect?: boolean;
            parent?: string;
            inputs?: Record<string, unknown>;
            outputs?: Record<string, unknown>;
        }[];
        pending_operations?: unknown[];
    };
}

/** A Pulumi project in a directory of its own, with a state of its own, run by the real engine. */
export class Project {
    readonly directory: string;
    readonly name: string;
    /** Where the local backend's servers of this project live. */
    readonly data: string;
    private readonly environmentVariables: Record<string, string>;
    private readonly stacks = new Set<string>();
    private readonly runs = new Set<Run>();

    constructor({
        program,
        environment,
        name = "shop",
        passphrase = `passphrase-${randomBytes(8).toString("hex")}`,
        modules = join(checkout, "node_modules"),
        env = {},
    }: ProjectOptions) {
        this.name = name;
        this.directory = newDirectory(name);
        this.data = join(this.directory, "data");
        const state = join(this.directory, "state");
        mkdirSync(state);
        this.environmentVariables = {
            PULUMI_HOME: sharedDirectory("pulumi-home"),
            // Else the CLI keeps attributes beside each file, not atomically: killed then, it can't read its own state any more.
            PULUMI_BACKEND_URL: `file://${state}?metadata=skip`,
            PULUMI_CONFIG_PASSPHRASE: passphrase,
            PULUMI_SKIP_UPDATE_CHECK: "true",
            PULUMI_NODEJS_TRANSPILE_ONLY: "true",
            PULUMI_AUTOMATION_API_SKIP_VERSION_CHECK: "true",
            // --event-log is one of the hidden options.
            PULUMI_DEBUG_COMMANDS: "true",
            ...env,
        };
        writeFileSync(join(this.directory, "Pulumi.yaml"), JSON.stringify({ name, runtime: { name: "nodejs" } }));
        writeFileSync(join(this.directory, "package.json"), JSON.stringify({ name, private: true, main: "index.ts" }));
        symlinkSync(modules, join(this.directory, "node_modules"));
        this.program(program);
        this.environment(environment ?? this.local({ defaults: { durability: "ephemeral" } }));
    }

    /** An environment with every kind on the local backend, in this project's directory. */
    local(more: Environment = {}): Environment {
        const local = { local: { directory: this.data } };
        return { database: local, queue: local, cache: local, ...more };
    }

    /** Replaces the program. */
    program(text: string): void {
        this.write("index.ts", text);
    }

    /** Writes a file beside the program. */
    write(file: string, text: string): void {
        writeFileSync(join(this.directory, file), text);
    }

    /** Replaces `data-services:environment` of a stack. */
    environment(environment: unknown, stack = "dev"): void {
        const file = join(this.directory, `Pulumi.${stack}.yaml`);
        const salt = existsSync(file) ? /^encryptionsalt:.*$/m.exec(readFileSync(file, "utf8"))?.[0] : undefined;
        writeFileSync(file, `config:\n  data-services:environment: ${JSON.stringify(environment)}\n${salt === undefined ? "" : `${salt}\n`}`);
    }

    /** Adds variables for every run from now on. */
    use(env: Readonly<Record<string, string>>): void {
        Object.assign(this.environmentVariables, env);
    }

    up(options?: RunOptions): Promise<Finished> {
        return this.succeed("up", options);
    }

    preview(options?: RunOptions): Promise<Finished> {
        return this.succeed("preview", options);
    }

    refresh(options?: RunOptions): Promise<Finished> {
        return this.succeed("refresh", options);
    }

    destroy(options?: RunOptions): Promise<Finished> {
        return this.succeed("destroy", options);
    }

    /** Runs a command that must fail; returns how it did. */
    async fails(command: Command, options?: RunOptions): Promise<Finished> {
        const finished = await (await this.start(command, options)).finished;
        assert.notEqual(finished.code, 0, `pulumi ${command} was expected to fail:\n${finished.output}`);
        assert.doesNotMatch(finished.output, /data-services:\w+ resource '[^']*': property \S+ value \{/, "a refusal shows a value as Go writes it");
        return finished;
    }

    /** Starts a command and doesn't wait for it. */
    async start(command: Command, { stack = "dev", preview = false, args = [], env = {} }: RunOptions = {}): Promise<Run> {
        await this.ensureStack(stack);
        const log = join(this.directory, `events-${randomBytes(4).toString("hex")}.log`);
        const confirmed = command === "preview" ? [] : ["--yes", ...(preview ? [] : ["--skip-preview"])];
        const run = this.spawn([command, "--stack", stack, ...confirmed, "--color", "never", "--event-log", log, ...args], log, env);
        this.runs.add(run);
        return run;
    }

    /** The stack's outputs, secrets in plain text. */
    async outputs<Outputs>(stack = "dev"): Promise<Outputs> {
        return JSON.parse((await this.pulumi(["stack", "output", "--json", "--show-secrets", "--stack", stack])).stdout) as Outputs;
    }

    /** The state; secrets stay encrypted. */
    async exportState(stack = "dev"): Promise<ExportedState> {
        return JSON.parse((await this.pulumi(["stack", "export", "--stack", stack])).stdout) as ExportedState;
    }

    async importState(state: ExportedState, stack = "dev"): Promise<void> {
        await this.ensureStack(stack);
        const file = join(this.directory, `import-${stack}.json`);
        writeFileSync(file, JSON.stringify(state));
        await this.pulumi(["stack", "import", "--file", file, "--stack", stack]);
    }

    /** Lifts the lock of a run that was killed. */
    async cancel(stack = "dev"): Promise<void> {
        await this.pulumi(["cancel", "--yes", "--stack", stack]);
    }

    /** Lifts the protection of every resource. */
    async unprotect(stack = "dev"): Promise<void> {
        await this.pulumi(["state", "unprotect", "--all", "--yes", "--stack", stack]);
    }

    /** Any other command of the CLI, which must succeed. */
    async pulumi(args: readonly string[]): Promise<Finished> {
        const finished = await this.spawn(args).finished;
        assert.equal(finished.code, 0, `pulumi ${args.join(" ")} failed:\n${finished.output}`);
        return finished;
    }

    /** The processes that this project started and that are still there: servers, and what a killed run left. */
    processes(): ProcessInfo[] {
        return processesOf(this.directory);
    }

    get passphrase(): string {
        return this.environmentVariables.PULUMI_CONFIG_PASSPHRASE as string;
    }

    /** Ends all processes of the project and removes its directory. For `after()`: it never fails on what a failed test left. */
    async remove(): Promise<void> {
        await Promise.all([...this.runs].map((run) => run.kill()));
        discard(this.directory);
    }

    private async succeed(command: Command, options?: RunOptions): Promise<Finished> {
        const finished = await (await this.start(command, options)).finished;
        assert.equal(finished.code, 0, `pulumi ${command} failed:\n${finished.output}`);
        return finished;
    }

    private async ensureStack(stack: string): Promise<void> {
        if (!this.stacks.has(stack)) {
            this.stacks.add(stack);
            await this.pulumi(["stack", "init", stack, "--no-select"]);
        }
    }

    private spawn(args: readonly string[], log?: string, env: Readonly<Record<string, string>> = {}): Run {
        const child = spawn("pulumi", [...args, "--non-interactive"], {
            cwd: this.directory,
            env: { ...process.env, ...this.environmentVariables, ...env },
            stdio: ["ignore", "pipe", "pipe"],
        });
        return new SpawnedRun(child, log);
    }
}

class SpawnedRun implements Run {
    readonly finished: Promise<Finished>;
    private readonly child: ChildProcess;
    private readonly log: string | undefined;

    constructor(child: ChildProcess, log: string | undefined) {
        this.child = child;
        this.log = log;
        const text = { stdout: "", stderr: "" };
        for (const name of ["stdout", "stderr"] as const) {
            child[name]?.setEncoding("utf8").on("data", (part: string) => {
                text[name] += part;
            });
        }
        this.finished = new Promise((resolve, reject) => {
            child.on("error", (error: NodeJS.ErrnoException) =>
                reject(
                    error.code === "ENOENT" ? new Error('there is no "pulumi" on the PATH: run the tests with "npm test", which finds or builds it') : error,
                ),
            );
            child.on("close", (code) => resolve(this.toFinished(code ?? -1, text)));
            // A killed run doesn't close: what it started holds its pipes.
            child.on("exit", (_code, signal) => signal !== null && setImmediate(() => resolve(this.toFinished(-1, text))));
        });
    }

    get pid(): number {
        return this.child.pid as number;
    }

    events(): EngineEvent[] {
        return this.log === undefined ? [] : readEvents(this.log);
    }

    isOver(): boolean {
        return this.child.exitCode !== null || this.child.signalCode !== null;
    }

    async kill(): Promise<Finished> {
        if (!this.isOver()) {
            kill(this.pid);
        }
        return this.finished;
    }

    private toFinished(code: number, { stdout, stderr }: { stdout: string; stderr: string }): Finished {
        const events = this.events();
        const changes = events.find((event) => event.summaryEvent)?.summaryEvent?.resourceChanges ?? {};
        return { code, stdout, stderr, output: stripVTControlCharacters(`${stdout}\n${stderr}`), events, steps: stepsOf(events), changes };
    }
}
