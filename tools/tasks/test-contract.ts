import { ensureBuilt } from "../build";
import { report, runMocha } from "../mocha";
import { ensureTestTools } from "../test-tools";

/** The contract suite: on all backends, or on the one that is named. */
export async function run([backend, ...args]: string[]): Promise<number> {
    const cluster = backend === undefined || backend === "kubernetes";
    const env = await ensureTestTools({ parts: cluster ? ["pulumi", "kubernetes"] : ["pulumi"], cluster });
    ensureBuilt();
    const chosen = backend === undefined ? {} : { CONTRACT_BACKEND: backend };
    return report([await runMocha({ files: ["test/contract/**/*.spec.ts"], env: { ...env, ...chosen }, args })]);
}
