import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../paths";

/** Formatter, linter and types. */
export async function run(): Promise<number> {
    const modules = join(root, "node_modules");
    const steps: readonly string[][] = [
        [join(modules, "@biomejs", "biome", "bin", "biome"), "check", "."],
        [join(modules, "typescript", "bin", "tsc"), "-p", "tsconfig.json"],
    ];
    const failed = steps.filter((step) => spawnSync(process.execPath, step, { cwd: root, stdio: "inherit" }).status !== 0);
    return failed.length;
}
