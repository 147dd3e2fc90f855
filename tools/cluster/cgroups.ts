import { accessSync, constants, existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** The group of all pods, in each hierarchy of the machine. */
export const CGROUP = "/pulumi-data-services";

const ROOT = "/sys/fs/cgroup";

/** False where they are for reading only, as in a container. */
export function canMakeCgroups(): boolean {
    try {
        for (const hierarchy of hierarchies()) accessSync(hierarchy, constants.W_OK);
        return hierarchies().length > 0;
    } catch {
        return false;
    }
}

export function makeCgroups(): void {
    for (const hierarchy of hierarchies()) {
        mkdirSync(join(hierarchy, CGROUP), { recursive: true });
        const controls = join(hierarchy, "cgroup.subtree_control");
        if (!existsSync(controls)) continue; // version 1
        for (const controller of ["cpu", "cpuset", "memory", "pids", "hugetlb"]) {
            try {
                writeFileSync(controls, `+${controller}`);
            } catch {
                // The kernel has no such controller; the kubelet says so when it can't do without.
            }
        }
    }
}

/** Gives false while something still runs in them. */
export function removeCgroups(): boolean {
    return hierarchies().every((hierarchy) => removeTree(join(hierarchy, CGROUP)));
}

function hierarchies(): string[] {
    return readFileSync("/proc/self/mounts", "utf8")
        .split("\n")
        .map((line) => line.split(" "))
        .filter(([, path = "", type = ""]) => /^cgroup2?$/.test(type) && (path === ROOT || path.startsWith(`${ROOT}/`)))
        .map(([, path = ""]) => path);
}

function removeTree(path: string): boolean {
    if (!existsSync(path)) return true;
    for (const entry of readdirSync(path, { withFileTypes: true })) {
        if (entry.isDirectory()) removeTree(join(path, entry.name));
    }
    try {
        rmdirSync(path);
        return true;
    } catch {
        return !existsSync(path);
    }
}
