import { ensureBuilt } from "../build";
import { ensureMoto } from "../emulated/moto";
import { report, runMocha } from "../mocha";
import { ensureTestTools } from "../test-tools";

/**
 * Compares the recording `aws` provider of the tests with its upstream, which is built for this: half an hour and ten gigabytes of memory the first
 * time. Runs against an emulator of AWS: no account, no cost.
 */
export async function run(args: string[]): Promise<number> {
    const env = await ensureTestTools({ parts: ["pulumi", "aws"], cluster: false });
    const moto = await ensureMoto((line) => console.error(line));
    ensureBuilt();
    return report([await runMocha({ files: ["test/opt-in/aws-emulated.ts"], env: { ...env, MOTO_DIRECTORY: moto }, args })]);
}
