import { ensureBuilt } from "../build";
import { report, runMocha, type Totals } from "../mocha";
import { installRequirements } from "../requirements";
import { ensureToolchain } from "../toolchain";
import { run as check } from "./check";

/** Everything that can run on this machine: formatter, linter, types, then all tests on real engines and servers. */
export async function run(args: string[]): Promise<number> {
    const checked: Totals = { passed: 0, failed: await check(), skipped: [] };
    installRequirements();
    const { env } = await ensureToolchain(["pulumi", "random", "postgresql", "kubernetes"], { progress: (line) => console.error(line) });
    ensureBuilt();
    return report([checked, await runMocha({ files: ["test/**/*.spec.ts"], env, args })]);
}
