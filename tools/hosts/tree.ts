import { join } from "node:path";
import { must } from "../cluster/command";
import { ensureArtefact } from "../toolchain/artefact";
import { type Env, hashOf } from "../toolchain/cache";
import { run } from "../toolchain/run";
import type { Progress } from "../toolchain/toolchain";

/** The releases of Debian that hosts may have, with what the `vm` backend installs on them. */
export const RELEASES = {
    bookworm: ["postgresql-15", "redis-server", "rabbitmq-server", "nftables"],
    trixie: ["postgresql-17", "valkey-server", "rabbitmq-server", "nftables"],
} as const satisfies Record<string, readonly string[]>;

export type Release = keyof typeof RELEASES;

export const releases = Object.keys(RELEASES) as Release[];

/** The least that a rented machine has. */
const BASE = ["systemd", "systemd-sysv", "dbus", "openssh-server", "sudo", "iproute2", "ca-certificates", "python3"];

/** A tree that hosts of one release share, and the key that opens all of them. */
export interface Tree {
    readonly root: string;
    readonly privateKeyFile: string;
}

export async function ensureTree(release: Release, cache: string, env: Env, progress: Progress): Promise<Tree> {
    const what = `a Debian ${release} for test hosts from Debian's packages`;
    const hash = hashOf([__filename, join(__dirname, "prepare.sh")]);
    const directory = await ensureArtefact(
        {
            directory: join(cache, "built", `hosts-${release}-${hash}-${process.arch}`),
            lock: join(cache, "locks", `hosts-${release}`),
            title: what,
            what,
            minutes: 2,
        },
        progress,
        async ({ out, scratch }) => {
            const packages = [...RELEASES[release], "postgresql-common"].join(" ");
            const options = [
                ...["--quiet", "--mode=root", "--variant=minbase", '--aptopt=Apt::Install-Recommends "false"'],
                // The downloaded packages and apt's lists stay in the tree.
                ...["--skip=cleanup/apt/cache", "--skip=cleanup/apt/lists", `--include=${BASE.join(",")}`],
                `--customize-hook=sh -eu '${join(__dirname, "prepare.sh")}' "$1" ${packages}`,
            ];
            await must("mmdebstrap", [...options, release, join(out, "tree"), ...(await sources(release, env))], {
                env: { ...env, TMPDIR: scratch },
                timeout: 1_200_000,
            });
            await must("mv", [join(out, "tree", "root", "key"), join(out, "tree", "root", "key.pub"), out]);
        },
    );
    return { root: join(directory, "tree"), privateKeyFile: join(directory, "key") };
}

/** The machine's own mirror of Debian, where it has one; else mmdebstrap knows the usual. */
async function sources(release: Release, env: Env): Promise<string[]> {
    const { stdout } = await run("apt-get", ["indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"], { env });
    const addresses = stdout.split("\n");
    const mirror = addresses.find((address) => /\/debian\/?$/.test(address));
    const security = addresses.find((address) => /\/debian-security\/?$/.test(address));
    if (!mirror || !security) return [];
    return [`deb ${mirror} ${release} main`, `deb ${mirror} ${release}-updates main`, `deb ${security} ${release}-security main`];
}
