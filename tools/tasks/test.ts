import { ensureBuilt } from "../build";
import { report, runMocha, type Totals } from "../mocha";
import { ensureTestTools } from "../test-tools";
import { run as check } from "./check";

/**
 * Specs of up to a quarter of an hour each: a fresh machine, which builds its engine and its cluster first, would need more than the hour that CI has.
 * TEST_SLOW=1 runs them too; the contract suite covers the same backends in any case.
 */
const slow = ["test/kubernetes/database.spec.ts", "test/kubernetes/queue.spec.ts", "test/vm/drift.spec.ts", "test/vm/trouble.spec.ts"];

/** Everything that can run on this machine: formatter, linter, types, then all tests on real engines, servers and a real Kubernetes. */
export async function run(args: string[]): Promise<number> {
    const checked: Totals = { passed: 0, failed: await check(), skipped: [] };
    const env = await ensureTestTools({ parts: ["pulumi", "random", "postgresql", "kubernetes"], cluster: true });
    ensureBuilt();
    const left = process.env.TEST_SLOW === "1" ? [] : slow;
    const ignored = left.flatMap((file) => ["--ignore", file]);
    const notRun: Totals = { passed: 0, failed: 0, skipped: left.map((file) => `${file}: only with TEST_SLOW=1`) };
    return report([checked, notRun, await runMocha({ files: ["test/**/*.spec.ts"], env, args: [...ignored, ...args] })]);
}
