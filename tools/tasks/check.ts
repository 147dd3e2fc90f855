import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "../paths";

/** Formatter, linter and types. Returns how many of them found something. */
export async function run(): Promise<number> {
    return failedChecks().length;
}

/** The programs that found something, which they have printed. */
export function failedChecks(): string[] {
    const modules = join(root, "node_modules");
    const programs: readonly (readonly [name: string, command: readonly string[]])[] = [
        ["biome", [join(modules, "@biomejs", "biome", "bin", "biome"), "check", "."]],
        ["tsc", [join(modules, "typescript", "bin", "tsc"), "-p", "tsconfig.json"]],
    ];
    return programs.filter(([, command]) => !passes(command)).map(([name]) => name);
}

function passes(command: readonly string[]): boolean {
    return spawnSync(process.execPath, command, { cwd: root, stdio: "inherit" }).status === 0;
}
