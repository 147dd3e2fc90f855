import { ensureBuilt } from "../build";
import { report, runMocha, type Totals } from "../mocha";
import { ensureTestTools } from "../test-tools";
import { run as check } from "./check";

/** Everything that can run on this machine: formatter, linter, types, then all tests on real engines, servers and a real Kubernetes. */
export async function run(args: string[]): Promise<number> {
    const checked: Totals = { passed: 0, failed: await check(), skipped: [] };
    const env = await ensureTestTools({ parts: ["pulumi", "random", "postgresql", "kubernetes"], cluster: true });
    ensureBuilt();
    return report([checked, await runMocha({ files: ["test/**/*.spec.ts"], env, args })]);
}
