import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { root } from "./paths";

/** A test that failed, or a step beside the tests. */
export interface Failure {
    readonly title: string;
    readonly reason: string;
    /** The test's file. */
    readonly file?: string;
}

/** What a run of mocha came to. */
export interface Totals {
    readonly passed: number;
    readonly failed: readonly Failure[];
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
        if (existsSync(totalsFile)) return JSON.parse(readFileSync(totalsFile, "utf8"));
        const died = { title: `mocha ${files.join(" ")}`, reason: `ended with ${mocha.signalCode ?? mocha.exitCode} before its tests did` };
        return { passed: 0, failed: [died], skipped: [] };
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

/** Prints what was skipped, what failed (a long run has scrolled past it), and the closing line. Returns the exit code. */
export function report(totals: readonly Totals[]): number {
    const passed = totals.reduce((sum, one) => sum + one.passed, 0);
    const failed = totals.flatMap((one) => one.failed);
    const skipped = totals.flatMap((one) => one.skipped);
    if (skipped.length > 0) console.log(`\nSkipped:\n${list(skipped)}`);
    if (failed.length > 0) console.log(`\nFailed:\n${list(failed.map(describe))}`);
    console.log(`\n${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
    // A run without a test proves nothing.
    return failed.length > 0 || passed === 0 ? 1 : 0;
}

/** The reason's first lines: the whole of it stands where the test ran. */
const shownLines = 12;

function describe({ title, reason, file }: Failure): string {
    const where = file === undefined ? "" : ` (${relative(root, file)})`;
    const shown = reason.trim().split("\n").slice(0, shownLines);
    return [`${title}${where}`, ...shown].join("\n      ");
}

function list(lines: readonly string[]): string {
    return lines.map((line) => `  - ${line}`).join("\n");
}
