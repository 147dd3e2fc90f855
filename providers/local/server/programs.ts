import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { type Home, writeIfChanged } from "./home";
import { runOrFail, waitUntil } from "./processes";

/** Where programs are beside the PATH: administrators' directories of Linux, and Homebrew's. */
const moreDirectories = ["/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin", "/opt/homebrew/bin", "/opt/homebrew/sbin"];

/** The PATH, with the directories that an unprivileged user's often lacks. */
export function searchPath(): string[] {
    return [...new Set([...(process.env.PATH ?? "").split(delimiter), ...moreDirectories])].filter((directory) => directory !== "");
}

/** A program of the search path; undefined when there is none. */
export function findProgram(name: string): string | undefined {
    return searchPath()
        .map((directory) => join(directory, name))
        .find((file) => existsSync(file));
}

/**
 * What servers see of the environment: nothing of the caller's, which may hold its secrets, but the PATH.
 */
export function serverEnvironment(homeDirectory: string): NodeJS.ProcessEnv {
    return { PATH: searchPath().join(delimiter), HOME: homeDirectory, LANG: "C.UTF-8" };
}

/**
 * The running processes whose command line matches. Unlike a pid file, this can't be stale: not after a crash or a reboot,
 * nor when a run was killed before it could write one.
 */
export async function processesLike(pattern: RegExp): Promise<number[]> {
    const { stdout } = await runOrFail("ps", ["-axww", "-o", "pid=,args="], { asCaller: true });
    return stdout
        .split("\n")
        .map((line) => /^\s*(\d+) (.*)$/.exec(line))
        .filter((match) => match !== null && pattern.test(match[2] as string))
        .map((match) => Number(match?.[1]));
}

/** Waits until a server answers. Returns whether it does: not when it ended, or the time is over. */
export async function waitForServer(answers: () => Promise<boolean>, isAlive: () => Promise<boolean>, seconds: number): Promise<boolean> {
    let answered = false;
    await waitUntil(async () => {
        answered = await answers();
        return answered || !(await isAlive());
    }, seconds);
    return answered;
}

/** A text as a part of a regular expression. */
export function literally(text: string): string {
    return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

/** Whether a full version is what was asked for: "8" and "8.1" name 8.1.3, undefined names any. */
export function isVersion(full: string, wanted: string | undefined): boolean {
    return wanted === undefined || full === wanted || full.startsWith(`${wanted}.`);
}

/** Compares full versions, newest first. */
export function newestFirst(a: string, b: string): number {
    return b.localeCompare(a, "en", { numeric: true });
}

/** Notes, before new configuration files are written, that a restart must follow: the run can be killed before it comes to that. */
export async function expectRestart(home: Home): Promise<void> {
    await writeIfChanged(restartMarker(home), "", 0o600);
}

export function isRestartExpected(home: Home): boolean {
    return existsSync(restartMarker(home));
}

/** The server that starts next reads the files as they are now. */
export async function noteStart(home: Home): Promise<void> {
    await rm(restartMarker(home), { force: true });
}

function restartMarker(home: Home): string {
    return home.path("restart-expected");
}
