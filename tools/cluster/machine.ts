import { existsSync, mkdirSync } from "node:fs";
import { join, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureArtefact } from "../toolchain/artefact";
import type { Env } from "../toolchain/cache";
import { findAll } from "../toolchain/executables";
import { run } from "../toolchain/run";
import type { Progress } from "../toolchain/toolchain";
import { must, quietly } from "./command";
import { INTERFACE, overlap, RANGES } from "./network";
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

/** Directories that the node sees empty, so that what programs write there stays inside. */
const HIDDEN = ["/run", "/var/run", "/var/log", "/var/lib", "/proc", "/sys"];

/** The root user's usual search path, which not every environment has. */
export function withSystemPath(env: Env): Env {
    return { ...env, PATH: [env.PATH, "/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/bin", "/bin"].filter(Boolean).join(":") };
}

/** Why this machine can't run the cluster; nothing when it can. */
export function reasonAgainst(env: Env, cache: string): string | undefined {
    if (process.platform !== "linux") return `a cluster of our own needs Linux, and this is ${process.platform}`;
    if (process.getuid?.() !== 0) return "a cluster of our own needs root";
    if (!findAll("apt-get", env)[0]) return "a cluster of our own is made from Debian packages, and there is no apt-get here";
    if (!findAll("go", env)[0]) return "a cluster of our own is built with Go, and go isn't on the PATH";
    if (HIDDEN.some((directory) => `${cache}${sep}`.startsWith(`${directory}${sep}`))) {
        return `the cache ${cache} is in a directory that the node has for itself (${HIDDEN.join(", ")}): set PULUMI_DATA_SERVICES_CACHE`;
    }
    if (!quietly("unshare", "--mount", "--net", "--pid", "--fork", "--mount-proc", "true")) {
        return "this machine lets nobody make namespaces (unshare fails), so it can't run a cluster of our own";
    }
    return undefined;
}

/** Refuses to take addresses that the machine uses for something else. */
export async function foreignRoute(): Promise<string | undefined> {
    const routes = JSON.parse(await must("ip", ["-4", "-json", "route", "show"])) as { dst: string; dev?: string }[];
    const clash = routes.find(({ dst, dev }) => dst !== "default" && dev !== INTERFACE && RANGES.some((range) => overlap(range, dst)));
    return clash && `the machine's route to ${clash.dst} (${clash.dev}) overlaps the cluster's addresses ${RANGES.join(", ")}`;
}

/** Installs what is missing, and unpacks the container runtime. Gives the folder of the latter. */
export async function ensureDebian(env: Env, places: Places, progress: Progress): Promise<string> {
    const missing = Object.entries(NEEDED).flatMap(([program, name]) => (findAll(program, env)[0] ? [] : [name]));
    if (!existsSync(KEYRING)) missing.push("debian-archive-keyring");
    if (missing.length > 0) {
        progress(`installing ${missing.join(", ")} from Debian's packages ...`);
        await update(env);
        await must("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "-o", "DPkg::Lock::Timeout=120", ...missing], {
            env: { ...env, DEBIAN_FRONTEND: "noninteractive" },
        });
    }
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

/** Another apt may be running, and only one can. */
async function update(env: Env): Promise<void> {
    for (let attempt = 1; attempt < 20; attempt++) {
        if ((await run("apt-get", ["update", "-qq"], { env })).ok) return;
        await sleep(3000);
    }
    await must("apt-get", ["update", "-qq"], { env });
}
