import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** A program that the tests use, and the Debian package that has it. */
const programs: readonly { readonly names: readonly string[]; readonly debian: string }[] = [
    { names: ["valkey-server", "redis-server"], debian: "redis-server" },
    { names: ["rabbitmq-server"], debian: "rabbitmq-server" },
    { names: ["psql"], debian: "postgresql-client" },
    { names: ["sshd"], debian: "openssh-server" },
];

/**
 * Installs what the tests need and the machine lacks, as far as it can: from Debian's packages when root.
 * What stays missing is said, and the tests that need it are skipped by name.
 */
export function installRequirements(): void {
    const missing = programs.filter(({ names }) => !names.some(isInstalled));
    if (missing.length === 0) {
        return;
    }
    const packages = missing.map(({ debian }) => debian);
    if (process.getuid?.() !== 0 || !isInstalled("apt-get")) {
        console.error(`not installed, so the tests that need them are skipped: ${packages.join(", ")}`);
        return;
    }
    console.error(`installing ${packages.join(", ")} from Debian's packages...`);
    // RUNLEVEL: the tests start servers of their own, so the services of these packages stay off.
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", RUNLEVEL: "1" };
    const apt = (...args: string[]) => spawnSync("apt-get", ["-qq", ...args], { env, stdio: ["ignore", "ignore", 2] });
    apt("update");
    const installed = apt("install", "-y", "--no-install-recommends", ...packages);
    if (installed.status !== 0) {
        console.error(`apt-get could not install them; the tests that need them are skipped: ${packages.join(", ")}`);
    }
}

function isInstalled(name: string): boolean {
    return [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"].some((directory) => existsSync(join(directory, name)));
}
