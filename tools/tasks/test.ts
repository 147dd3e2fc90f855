import { readdirSync } from "node:fs";
import { join, parse } from "node:path";
import { ensureBuilt } from "../build";
import { report, runMocha, type Totals } from "../mocha";
import { root } from "../paths";
import { ensureTestTools } from "../test-tools";
import { failedChecks } from "./check";

/** The specs whose servers run on machines of their own, a cluster or hosts, beside the contract suite on these. */
const onMachines = {
    files: ["test/kubernetes/**/*.spec.ts", "test/cluster/**/*.spec.ts", "test/vm/**/*.spec.ts", "test/hosts/**/*.spec.ts"],
    backends: ["kubernetes", "vm"],
};

/**
 * Specs of up to a quarter of an hour each: a fresh machine, which builds its engine and its cluster first, would need more than the hour that CI has.
 * TEST_SLOW=1 runs them too; the contract suite covers the same backends in any case.
 */
const slow = [
    "test/cluster/operators.spec.ts",
    ...["test/kubernetes/database.spec.ts", "test/kubernetes/queue.spec.ts"],
    ...["backups", "drift", "interruption", "secrets", "trouble"].map((name) => `test/vm/${name}.spec.ts`),
    ...["test/aws/cache.spec.ts", "test/aws/queue.spec.ts"],
];

/** Suites that cost money, or half an hour of build. */
const optIn = ["test:aws", "test:aws-emulated"];

/** Everything that can run on this machine: formatter, linter, types, then all tests on real engines, servers and a real Kubernetes. */
export async function run(args: string[]): Promise<number> {
    const found = failedChecks().map((title) => ({ title, reason: "printed above, before the tests; npm run check prints it alone" }));
    const checked: Totals = { passed: 0, failed: found, skipped: [] };
    const env = await ensureTestTools({ parts: ["pulumi", "random", "postgresql", "kubernetes"], cluster: true });
    ensureBuilt();
    const left = process.env.TEST_SLOW === "1" ? [] : slow;
    const skipped = [...left.map((file) => `${file}: only with TEST_SLOW=1`), ...optIn.map((task) => `test/opt-in: only by npm run ${task}`)];
    const notRun: Totals = { passed: 0, failed: [], skipped };
    // Those on machines of their own mostly wait, and the others mostly work: side by side they take little more than one of the two.
    const here = runMocha({
        files: ["test/**/*.spec.ts"],
        env: { ...env, CONTRACT_BACKEND: otherBackends().join() },
        args: [...ignoring([...onMachines.files, ...left]), ...args],
    });
    const machines = runMocha({
        files: [...onMachines.files, "test/contract/*.spec.ts"],
        env: { ...env, CONTRACT_BACKEND: onMachines.backends.join() },
        args: [...ignoring(left), ...args],
        after: here,
    });
    return report([checked, notRun, await here, await machines]);
}

function ignoring(files: readonly string[]): string[] {
    return files.flatMap((file) => ["--ignore", file]);
}

function otherBackends(): string[] {
    const all = readdirSync(join(root, "test", "contract", "backends")).map((file) => parse(file).name);
    return all.filter((name) => !onMachines.backends.includes(name));
}
