import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface ProcessInfo {
    readonly pid: number;
    /** Its arguments, as `ps` shows them. */
    readonly command: string;
}

/** The living processes that have to do with a directory: it stands in their arguments or environment, or they work in it. */
export function processesOf(directory: string): ProcessInfo[] {
    return existsSync("/proc/self/stat") ? fromProc(directory) : fromPs(directory);
}

/** Kills what {@link processesOf} finds, at once and without asking. */
export function killProcessesOf(directory: string): void {
    for (const { pid } of processesOf(directory)) {
        kill(pid);
    }
}

/** SIGKILL; nothing if the process is gone. */
export function kill(pid: number): void {
    try {
        process.kill(pid, "SIGKILL");
    } catch {
        // It was faster.
    }
}

/** The whole of what a process list can show: the arguments of every process of the machine. */
export function allCommandLines(): string {
    return spawnSync("ps", ["-eww", "-o", "args="], { encoding: "utf8", maxBuffer: 2 ** 26 }).stdout;
}

/** The environment that a process was started with; empty where the machine can't tell. */
export function environmentOf(pid: number): string {
    return read(`/proc/${pid}/environ`);
}

/** Waits until `condition` gives something that isn't false or undefined, and returns it. */
export async function eventually<Value>(
    what: string,
    condition: () => Promise<Value | undefined | false> | Value | undefined | false,
    seconds = 30,
): Promise<Value> {
    const end = Date.now() + seconds * 1000;
    for (;;) {
        const value = await condition();
        if (value !== undefined && value !== false) {
            return value;
        }
        if (Date.now() > end) {
            throw new Error(`waited ${seconds} s in vain: ${what}`);
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
}

function fromProc(directory: string): ProcessInfo[] {
    return readdirSync("/proc")
        .map(Number)
        .filter((pid) => pid > 0 && pid !== process.pid && !/\) Z /.test(read(`/proc/${pid}/stat`)))
        .filter((pid) => [read(`/proc/${pid}/cmdline`), environmentOf(pid), workingDirectory(pid)].some((text) => text.includes(directory)))
        .map((pid) => ({ pid, command: read(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim() }))
        .filter(({ command }) => command !== "");
}

function fromPs(directory: string): ProcessInfo[] {
    const { stdout } = spawnSync("ps", ["-Aww", "-o", "pid=,args="], { encoding: "utf8", maxBuffer: 2 ** 26 });
    return stdout
        .split("\n")
        .map((line) => /^\s*(\d+) (.*)$/.exec(line))
        .filter((match) => match !== null)
        .map(([, pid, command]) => ({ pid: Number(pid), command: String(command) }))
        .filter(({ pid, command }) => pid !== process.pid && command.includes(directory));
}

function read(file: string): string {
    try {
        return readFileSync(file, "latin1");
    } catch {
        return "";
    }
}

function workingDirectory(pid: number): string {
    try {
        return readlinkSync(`/proc/${pid}/cwd`);
    } catch {
        return "";
    }
}
