import { mkdirSync } from "node:fs";
import { canMakeCgroups } from "../cluster/cgroups";
import { must, quietly } from "../cluster/command";
import { canOverlay } from "../cluster/machine";
import { overlap } from "../cluster/network";
import type { Env } from "../toolchain/cache";
import { findAll } from "../toolchain/executables";
import { HOSTS_RANGE } from "./network";

/** Programs that are installed where they are missing, by the Debian package that has them. None of them runs a service. */
export const NEEDED: Readonly<Record<string, string>> = {
    ip: "iproute2",
    iptables: "iptables",
    mmdebstrap: "mmdebstrap",
    nsenter: "util-linux",
    "systemd-nspawn": "systemd-container",
};

/** Why this machine can't run test hosts, as far as it is known at once and without building anything; nothing when it can. */
export function reasonAgainstHosts(env: Env, cache: string): string | undefined {
    if (process.platform !== "linux") return `test hosts need Linux, and this is ${process.platform}`;
    if (process.getuid?.() !== 0) return "test hosts need root";
    if (!findAll("apt-get", env)[0]) return "test hosts are made from Debian packages, and there is no apt-get here";
    if (!quietly("unshare", "--mount", "--net", "--pid", "--fork", "true")) {
        return "this machine lets nobody make namespaces (unshare fails), so it can't run test hosts";
    }
    mkdirSync(cache, { recursive: true });
    if (!canOverlay(cache)) return `the file system of ${cache} takes no overlay mounts, which test hosts need: set PULUMI_DATA_SERVICES_CACHE`;
    if (!canMakeCgroups()) return "this machine's control groups can't be written to, as in a container without privileges";
    return undefined;
}

/** Refuses to take addresses that the machine uses for something else. */
export async function foreignRoute(): Promise<string | undefined> {
    const routes = JSON.parse(await must("ip", ["-4", "-json", "route", "show"])) as { dst: string; dev?: string }[];
    const clash = routes.find(({ dst, dev }) => dst !== "default" && !/^ds-host\d+$/.test(dev ?? "") && overlap(HOSTS_RANGE, dst));
    return clash && `the machine's route to ${clash.dst} (${clash.dev}) overlaps the test hosts' addresses ${HOSTS_RANGE}`;
}
