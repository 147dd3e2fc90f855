import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../providers/local/server/ports";
import { ensureArtefact } from "../toolchain/artefact";
import { cacheDirectory } from "../toolchain/cache";
import { findAll } from "../toolchain/executables";
import { run } from "../toolchain/run";
import { type Progress, ToolchainError } from "../toolchain/toolchain";

/** An emulator of AWS's APIs, in as much as clients of them see; its state is in its memory. */
const MOTO = "5.2.1";

/** Where moto and what it needs are: installed once per version, outside the checkout. */
export async function ensureMoto(progress: Progress): Promise<string> {
    const cache = cacheDirectory(process.env);
    const artefact = {
        directory: join(cache, "built", `moto-${MOTO}`),
        lock: join(cache, "locks", "moto"),
        title: "moto",
        what: `moto ${MOTO} from PyPI`,
        minutes: 3,
    };
    return ensureArtefact(artefact, progress, async ({ out }) => {
        // A directory for PYTHONPATH, since a virtual environment knows its own place and couldn't be moved into the cache.
        const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target", out, `moto[server]==${MOTO}`];
        const { ok, tail } = await run(python(), args, { env: process.env, timeout: 15 * 60_000 });
        if (!ok) throw new ToolchainError(`installing moto ${MOTO} failed: python3 ${args.join(" ")}\n${tail}`);
    });
}

/** A running emulator. */
export interface Moto {
    readonly url: string;
    stop(): void;
}

export async function startMoto(directory: string): Promise<Moto> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const child = spawn(python(), ["-m", "moto.server", "-H", "127.0.0.1", "-p", String(port)], {
        env: { ...process.env, PYTHONPATH: directory },
        stdio: ["ignore", "ignore", "ignore"],
    });
    for (const deadline = Date.now() + 60_000; !(await answers(url)); await sleep(250)) {
        if (child.exitCode !== null || Date.now() > deadline) {
            child.kill();
            throw new Error(`moto doesn't answer on ${url}`);
        }
    }
    return { url, stop: () => stop(child) };
}

async function answers(url: string): Promise<boolean> {
    return fetch(`${url}/moto-api/data.json`).then(
        ({ ok }) => ok,
        () => false,
    );
}

function stop(child: ChildProcess): void {
    child.kill();
}

function python(): string {
    const found = findAll("python3", process.env)[0];
    if (!found) throw new ToolchainError("moto needs python3 on the PATH");
    return found;
}
