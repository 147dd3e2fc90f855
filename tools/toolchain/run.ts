import { spawn } from "node:child_process";
import type { Env } from "./cache";

export interface Outcome {
    readonly ok: boolean;
    readonly stdout: string;
    /** The last lines of both streams, for people. */
    readonly tail: string;
}

/** Runs a command to its end. Never throws: a command that can't start is one that failed. */
export function run(
    command: string,
    args: readonly string[],
    options: { readonly cwd?: string; readonly env: Env; readonly timeout?: number },
): Promise<Outcome> {
    return new Promise((resolve) => {
        let stdout = "";
        let both = "";
        const child = spawn(command, args, {
            cwd: options.cwd,
            env: options.env as NodeJS.ProcessEnv,
            stdio: ["ignore", "pipe", "pipe"],
            timeout: options.timeout,
        });
        const add = (text: string) => {
            both = (both + text).slice(-64_000);
        };
        child.stdout.setEncoding("utf8").on("data", (text: string) => {
            stdout += text;
            add(text);
        });
        child.stderr.setEncoding("utf8").on("data", add);
        const end = (ok: boolean, note = "") => {
            const lines = (both + note).split("\n").filter((line) => line.trim() !== "" && !line.startsWith("go: downloading"));
            resolve({ ok, stdout, tail: lines.slice(-25).join("\n") });
        };
        child.on("error", (error) => end(false, `\n${error.message}`));
        child.on("close", (code, signal) => end(code === 0, signal ? `\n${command} was ended by ${signal}` : ""));
    });
}
