import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
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
    /** Its output is kept until then, and follows from there. @default at once */
    readonly after?: Promise<unknown>;
}

/** Runs mocha with its output on the screen. A run that dies counts as one failure. */
export async function runMocha({ files, env = {}, args = [], after }: MochaOptions): Promise<Totals> {
    const directory = mkdtempSync(join(tmpdir(), "data-services-mocha-"));
    const totalsFile = join(directory, "totals.json");
    try {
        const program = join(root, "node_modules", "mocha", "bin", "mocha.js");
        const reporter = join(root, "tools", "mocha-reporter.cjs");
        const output = after === undefined ? "inherit" : "pipe";
        const mocha = spawn(process.execPath, [program, "--import=tsx", "--reporter", reporter, ...args, ...files], {
            cwd: root,
            env: { ...process.env, ...env, MOCHA_TOTALS: totalsFile },
            stdio: ["ignore", output, output],
        });
        const closed = once(mocha, "close");
        if (after !== undefined) await showAfter(mocha, after);
        await closed;
        return existsSync(totalsFile) ? JSON.parse(readFileSync(totalsFile, "utf8")) : { passed: 0, failed: 1, skipped: [] };
    } finally {
        rmSync(directory, { recursive: true, force: true });
    }
}

async function showAfter({ stdout, stderr }: ChildProcess, moment: Promise<unknown>): Promise<void> {
    const kept: (readonly [NodeJS.WriteStream, Buffer])[] = [];
    const keep = (to: NodeJS.WriteStream) => (part: Buffer) => void kept.push([to, part]);
    stdout?.on("data", keep(process.stdout));
    stderr?.on("data", keep(process.stderr));
    await moment;
    for (const [to, part] of kept) to.write(part);
    for (const [from, to] of [
        [stdout, process.stdout],
        [stderr, process.stderr],
    ] as const) {
        from?.removeAllListeners("data");
        from?.on("data", (part: Buffer) => void to.write(part));
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
