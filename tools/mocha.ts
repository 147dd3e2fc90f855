import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "./paths";

/** What a run of mocha came to. */
export interface Totals {
    readonly passed: number;
    readonly failed: number;
    readonly skipped: readonly string[];
}

export interface MochaOptions {
    /** Glob patterns of test files, relative to the checkout. */
    readonly files: readonly string[];
    readonly env?: NodeJS.ProcessEnv;
    /** Further arguments for mocha, such as `--grep`. */
    readonly args?: readonly string[];
}

/** Runs mocha with its output on the screen. A run that dies counts as one failure. */
export async function runMocha({ files, env = {}, args = [] }: MochaOptions): Promise<Totals> {
    const directory = mkdtempSync(join(tmpdir(), "data-services-mocha-"));
    const totalsFile = join(directory, "totals.json");
    try {
        await new Promise<void>((resolve, reject) => {
            const mocha = spawn(
                process.execPath,
                [
                    join(root, "node_modules", "mocha", "bin", "mocha.js"),
                    "--import=tsx",
                    "--reporter",
                    join(root, "tools", "mocha-reporter.cjs"),
                    ...args,
                    ...files,
                ],
                { cwd: root, env: { ...process.env, ...env, MOCHA_TOTALS: totalsFile }, stdio: ["ignore", "inherit", "inherit"] },
            );
            mocha.on("error", reject);
            mocha.on("close", () => resolve());
        });
        return existsSync(totalsFile) ? JSON.parse(readFileSync(totalsFile, "utf8")) : { passed: 0, failed: 1, skipped: [] };
    } finally {
        rmSync(directory, { recursive: true, force: true });
    }
}

/** Prints what was skipped, and the closing line. Returns the exit code. */
export function report(totals: readonly Totals[]): number {
    const sum = (count: (one: Totals) => number) => totals.reduce((all, one) => all + count(one), 0);
    const skipped = totals.flatMap((one) => one.skipped);
    if (skipped.length > 0) {
        console.log(`\nSkipped:\n${skipped.map((title) => `  - ${title}`).join("\n")}`);
    }
    const failed = sum((one) => one.failed);
    const passed = sum((one) => one.passed);
    console.log(`\n${passed} passed, ${failed} failed, ${skipped.length} skipped`);
    // A run without a test proves nothing.
    return failed > 0 || passed === 0 ? 1 : 0;
}
