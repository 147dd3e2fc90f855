import { spawnSync } from "node:child_process";
import { cpSync, existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./paths";

const sources = ["index.ts", "components", "host", "providers", "policies", "tsconfig.json", "tsconfig.build.json"];
// Beside the output and not in it, which is packed as it is.
const stamp = join(root, "node_modules", ".built");

/** Compiles the package to `dist` if a source is newer than the last build. */
export function ensureBuilt(): void {
    const newest = Math.max(...sources.map((source) => newestIn(join(root, source))));
    if (existsSync(join(root, "dist")) && existsSync(stamp) && statSync(stamp).mtimeMs >= newest) {
        return;
    }
    console.error("compiling the package...");
    // Files of removed sources must not be packed.
    rmSync(join(root, "dist"), { recursive: true, force: true });
    const { status } = spawnSync(process.execPath, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "tsconfig.build.json"], {
        cwd: root,
        stdio: ["ignore", 2, 2],
    });
    if (status !== 0) {
        throw new Error("the package doesn't compile; tsc's messages are above");
    }
    // The compiler leaves out what runs on other machines.
    for (const folder of ["providers/vm/agent"]) {
        cpSync(join(root, folder), join(root, "dist", folder), { recursive: true, filter: (source) => !/__pycache__/.test(source) });
    }
    writeFileSync(stamp, "");
    // A source saved while the compiler ran is newer than the stamp.
    utimesSync(stamp, newest / 1000 + 0.001, newest / 1000 + 0.001);
}

function newestIn(path: string): number {
    if (!existsSync(path)) {
        return 0;
    }
    const stats = statSync(path);
    if (!stats.isDirectory()) {
        return stats.mtimeMs;
    }
    return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}
