import { spawn } from "node:child_process";
import { open, readFile } from "node:fs/promises";
import { type Account, serviceAccount } from "./account";

/** How a program that ran to its end did. */
export interface Finished {
    readonly code: number | null;
    readonly stdout: string;
    readonly stderr: string;
}

export interface RunOptions {
    readonly env?: NodeJS.ProcessEnv;
    /** Written to the program's standard input: the place for secrets, which must never be arguments. */
    readonly input?: string;
    /** @default "/" : a service account may not enter the caller's directory */
    readonly cwd?: string;
    /** Run as the caller and not as the service account. */
    readonly asCaller?: boolean;
}

/** Runs a program to its end as the service account. */
export function run(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const account: Partial<Account> = options.asCaller ? {} : (serviceAccount() ?? {});
    return new Promise((resolve, reject) => {
        const child = spawn(program, args, { ...account, cwd: options.cwd ?? "/", env: options.env ?? process.env, stdio: ["pipe", "pipe", "pipe"] });
        let stdout = "";
        let stderr = "";
        child.stdout.setEncoding("utf8").on("data", (text) => {
            stdout += text;
        });
        child.stderr.setEncoding("utf8").on("data", (text) => {
            stderr += text;
        });
        child.on("error", reject);
        child.on("close", (code) => resolve({ code, stdout, stderr }));
        child.stdin.on("error", () => undefined);
        child.stdin.end(options.input ?? "");
    });
}

/** Runs a program to its end and fails with what it said when it fails. */
export async function runOrFail(program: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
    const finished = await run(program, args, options);
    if (finished.code !== 0) {
        throw new Error(`${program} failed (exit code ${finished.code}): ${(finished.stderr || finished.stdout).trim().slice(-2000)}`);
    }
    return finished;
}

/** Starts a program that outlives this process, in a session of its own, as the service account; its output goes to a file. */
export async function startDetached(program: string, args: readonly string[], options: { env?: NodeJS.ProcessEnv; logFile: string }): Promise<number> {
    const log = await open(options.logFile, "a", 0o600);
    try {
        return await new Promise<number>((resolve, reject) => {
            const child = spawn(program, args, {
                ...serviceAccount(),
                cwd: "/",
                env: options.env ?? process.env,
                detached: true,
                stdio: ["ignore", log.fd, log.fd],
            });
            child.on("error", reject);
            child.on("spawn", () => resolve(child.pid as number));
            child.unref();
        });
    } finally {
        await log.close();
    }
}

/** Whether a process exists. A zombie doesn't count on Linux. */
export async function isAlive(pid: number): Promise<boolean> {
    try {
        process.kill(pid, 0);
    } catch (error) {
        return (error as NodeJS.ErrnoException).code === "EPERM";
    }
    if (process.platform === "linux") {
        const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
        return stat !== "" && !/\) Z /.test(stat);
    }
    return true;
}

/** The arguments of a process as one text; empty when there is no such process. Tells our own server from a stranger with its old pid. */
export async function commandLine(pid: number): Promise<string> {
    const { stdout } = await run("ps", ["-ww", "-o", "args=", "-p", String(pid)], { asCaller: true });
    return stdout.trim();
}

/** Ends a process: politely, and by force when it is still there after `graceSeconds`. */
export async function terminate(pid: number, graceSeconds: number): Promise<void> {
    for (const signal of ["SIGTERM", "SIGKILL"] as const) {
        try {
            process.kill(pid, signal);
        } catch {
            return;
        }
        if (await waitUntil(async () => !(await isAlive(pid)), signal === "SIGTERM" ? graceSeconds : 10)) {
            return;
        }
    }
    throw new Error(`the process ${pid} can't be ended`);
}

/** Asks until the answer is yes or the time is over. Returns the last answer. */
export async function waitUntil(condition: () => Promise<boolean>, seconds: number): Promise<boolean> {
    const end = Date.now() + seconds * 1000;
    for (let pause = 10; ; pause = Math.min(pause * 2, 250)) {
        if (await condition()) {
            return true;
        }
        if (Date.now() > end) {
            return false;
        }
        await new Promise((resolve) => setTimeout(resolve, pause));
    }
}

/** The last lines of a log file, for an error message. */
export async function tail(file: string, lines = 15): Promise<string> {
    const text = await readFile(file, "utf8").catch(() => "");
    return text.trimEnd().split("\n").slice(-lines).join("\n");
}
