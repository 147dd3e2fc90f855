import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { indent } from "../toolchain/build";
import { type Outcome, run } from "../toolchain/run";

/** Its message is for people: it says what failed, and shows the end of what the program said. */
export class ClusterError extends Error {
    override readonly name = "ClusterError";
}

/** Runs a command that has to succeed, and gives its output. */
export async function must(command: string, args: readonly string[], options: Partial<Parameters<typeof run>[2]> = {}): Promise<string> {
    const outcome = await run(command, args, { env: process.env, timeout: 300_000, ...options });
    if (!outcome.ok) throw failed(command, args, outcome);
    return outcome.stdout;
}

export function failed(command: string, args: readonly string[], { tail }: Outcome): ClusterError {
    return new ClusterError(`${[command, ...args].join(" ").slice(0, 300)} failed:\n${indent(tail)}`);
}

/** For the short ones of the system. */
export function quietly(command: string, ...args: string[]): boolean {
    try {
        execFileSync(command, args, { stdio: "ignore", timeout: 30_000 });
        return true;
    } catch {
        return false;
    }
}

/** Asks until the answer is yes. Gives up with what was waited for and the end of the log that tells most about it. */
export async function waitFor(what: string, seconds: number, log: string | (() => Promise<string>), ready: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + seconds * 1000;
    while (!(await ready())) {
        if (Date.now() > end) {
            const told = typeof log === "string" ? `the end of ${log}:\n${indent(tailOf(log))}` : `\n${indent(await log())}`;
            throw new ClusterError(`waited ${seconds} s in vain for ${what}; ${told}`);
        }
        await sleep(250);
    }
}

export function tailOf(file: string, lines = 25): string {
    if (!existsSync(file)) return "(nothing was written)";
    return readFileSync(file, "utf8").trimEnd().split("\n").slice(-lines).join("\n");
}
