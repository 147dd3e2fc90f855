import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureArtefact } from "../toolchain/artefact";
import type { Env } from "../toolchain/cache";
import { findAll } from "../toolchain/executables";
import { run } from "../toolchain/run";
import type { Progress } from "../toolchain/toolchain";
import { must } from "./command";
import type { Places } from "./places";

/** Programs that are installed where they are missing, by the Debian package that has them. None of them runs a service. */
const NEEDED: Readonly<Record<string, string>> = {
    ip: "iproute2",
    iptables: "iptables",
    mmdebstrap: "mmdebstrap",
    openssl: "openssl",
    nsenter: "util-linux",
};

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * Packages that are unpacked into the cache, not installed: a service of theirs would start, and they can't be installed
 * beside others (Docker's containerd.io, busybox).
 */
const UNPACKED = ["containerd", "runc", "containernetworking-plugins", "busybox-static", "tini"];

/** Installs what is missing, and unpacks the container runtime. Gives the folder of the latter. */
export async function ensureDebian(env: Env, places: Places, progress: Progress): Promise<string> {
    await installMissing(NEEDED, env, progress);
    const what = "the container runtime from Debian's packages";
    const artefact = { directory: places.built("runtime", __filename), lock: places.lock("runtime"), title: what, what, minutes: 1 };
    return ensureArtefact(artefact, progress, async ({ out, scratch }) => {
        const packages = join(scratch, "packages");
        mkdirSync(packages);
        const download = () => run("apt-get", ["download", "-qq", ...UNPACKED], { cwd: packages, env });
        if (!(await download()).ok) {
            await update(env);
            await must("apt-get", ["download", "-qq", ...UNPACKED], { cwd: packages, env });
        }
        await must("sh", ["-euc", 'for package in *.deb; do dpkg-deb -x "$package" "$0"; done; rm -rf "$0/usr/share"', out], { cwd: packages, env });
    });
}

/** Installs the Debian packages of programs that are missing; with them the keys by which trees of other releases are checked. */
export async function installMissing(needed: Readonly<Record<string, string>>, env: Env, progress: Progress): Promise<void> {
    const missing = Object.entries(needed).flatMap(([program, name]) => (findAll(program, env)[0] ? [] : [name]));
    if (!existsSync(KEYRING)) missing.push("debian-archive-keyring");
    if (missing.length === 0) return;
    progress(`installing ${missing.join(", ")} from Debian's packages ...`);
    await update(env);
    await must("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", ...missing], {
        env: { ...env, DEBIAN_FRONTEND: "noninteractive" },
    });
}

/** Another apt may be running, and only one can. */
async function update(env: Env): Promise<void> {
    for (let attempt = 1; attempt < 20; attempt++) {
        if ((await run("apt-get", ["update", "-qq"], { env })).ok) return;
        await sleep(3000);
    }
    await must("apt-get", ["update", "-qq"], { env });
}
