import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type Env, readJson, writeJson } from "./cache";
import { findAll, isExecutable } from "./executables";
import { withLock } from "./lock";
import { run } from "./run";
import type { Attempt, Progress } from "./toolchain";
import { VERSIONS } from "./versions";

/** How long a failed download is remembered, so that runs on a machine without internet don't pay for it each time. */
const FORGET_AFTER = 24 * 60 * 60 * 1000;

interface Failure {
    readonly at: number;
    readonly reason: string;
}

/** The official CLI by the npm package `pulumi`, which downloads it (and its language hosts) when it first runs. */
export async function fromNpm(env: Env, cache: string, progress: Progress): Promise<Attempt> {
    const home = join(cache, "official");
    const directory = join(home, "versions", VERSIONS.pulumi, "bin");
    const pulumi = join(directory, process.platform === "win32" ? "pulumi.exe" : "pulumi");
    const success: Attempt = { found: { pulumi, directories: [directory], source: "npm" } };
    const ready = (): Attempt | undefined => (isExecutable(pulumi) && readJson(join(home, `${VERSIONS.pulumi}.json`)) !== undefined ? success : undefined);
    const memory = join(cache, `npm-${VERSIONS.pulumi}-failed.json`);
    const remembered = (): Attempt | undefined => {
        const failure = readJson<Failure>(memory);
        if (!failure || Date.now() - failure.at > FORGET_AFTER) return undefined;
        const when = new Date(failure.at).toISOString();
        return { reason: `failed at ${when}, and is tried again a day later or once ${memory} is gone: ${failure.reason}` };
    };
    const known = ready() ?? remembered();
    if (known) return known;
    const npm = findAll("npm", env)[0];
    if (!npm) return { reason: "npm isn't on the PATH" };
    return withLock(join(cache, "locks", "npm"), async () => {
        const meanwhile = ready() ?? remembered();
        if (meanwhile) return meanwhile;
        progress(`getting the official Pulumi CLI ${VERSIONS.pulumi} ...`);
        const reason = await install(npm, env, home);
        if (reason === undefined && isExecutable(pulumi)) {
            writeJson(join(home, `${VERSIONS.pulumi}.json`), { at: Date.now() });
            rmSync(memory, { force: true });
            return success;
        }
        const failure: Failure = { at: Date.now(), reason: reason ?? `it left no ${pulumi}` };
        writeJson(memory, failure);
        progress(`no official Pulumi CLI: ${failure.reason}`);
        return { reason: failure.reason };
    });
}

/** Says why not, or nothing. */
async function install(npm: string, env: Env, home: string): Promise<string | undefined> {
    mkdirSync(home, { recursive: true });
    const scratch = mkdtempSync(join(home, "npm-"));
    try {
        const wanted = `pulumi@${VERSIONS.pulumi}`;
        const added = await run(npm, ["install", "--prefix", scratch, "--ignore-scripts", "--no-audit", "--no-fund", "--no-package-lock", wanted], {
            cwd: scratch,
            env,
            timeout: 120_000,
        });
        if (!added.ok) return lastLine(added.tail);
        const started = await run(process.execPath, [join(scratch, "node_modules", "pulumi", "run.js"), "version"], {
            cwd: scratch,
            env: { ...env, PULUMI_HOME: home, PULUMI_VERSION: VERSIONS.pulumi, PULUMI_SKIP_UPDATE_CHECK: "true" },
            timeout: 600_000,
        });
        return started.ok ? undefined : lastLine(started.tail);
    } finally {
        rmSync(scratch, { recursive: true, force: true });
    }
}

function lastLine(text: string): string {
    return text.split("\n").at(-1) || "no reason given";
}
