import { ensureBuilt } from "../build";
import { report, runMocha } from "../mocha";
import { installRequirements } from "../requirements";
import { ensureToolchain } from "../toolchain";

/** The contract suite: on all backends, or on the one that is named. */
export async function run([backend, ...args]: string[]): Promise<number> {
    installRequirements();
    const { env } = await ensureToolchain(["pulumi"], { progress: (line) => console.error(line) });
    ensureBuilt();
    const chosen = backend === undefined ? {} : { CONTRACT_BACKEND: backend };
    return report([await runMocha({ files: ["test/contract/**/*.spec.ts"], env: { ...env, ...chosen }, args })]);
}
