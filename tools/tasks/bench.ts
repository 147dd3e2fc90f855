import { firstBinding } from "../bench/first-binding";
import { importTime } from "../bench/import-time";
import type { Figure } from "../bench/measure";
import { policies, policyLoad } from "../bench/policies";
import { preview } from "../bench/preview";
import { previewKubernetes, previewKubernetesGrowth } from "../bench/preview-kubernetes";
import { typecheck } from "../bench/typecheck";
import { vmNoopUp } from "../bench/vm-noop-up";
import { ensureBuilt } from "../build";
import { ensureToolchain } from "../toolchain";

/** Prints each figure as `name ratio limit`; what it stands for goes to standard error. Fails when a limit is passed. */
export async function run(args: string[]): Promise<number> {
    const progress = (line: string) => console.error(line);
    const toolchain = await ensureToolchain(["pulumi"], { progress });
    const withKubernetes = () => ensureToolchain(["pulumi", "random", "kubernetes"], { progress });
    ensureBuilt();
    const benchmarks: Record<string, () => Promise<Figure | Figure[]>> = {
        typecheck,
        "import-time": importTime,
        "preview-100": () => preview(toolchain),
        "preview-k8s-100": async () => previewKubernetes(await withKubernetes()),
        "preview-k8s-growth": async () => previewKubernetesGrowth(await withKubernetes()),
        "policy-100": () => policies(toolchain),
        "policy-load": () => policyLoad(toolchain),
        "first-binding": () => firstBinding(toolchain),
        "vm-noop-up": () => vmNoopUp(toolchain),
    };
    let failed = 0;
    for (const [name, measure] of Object.entries(benchmarks)) {
        if (args.length > 0 && !args.includes(name)) {
            continue;
        }
        for (const figure of [await measure()].flat()) {
            console.log(`${figure.name} ${figure.ratio.toFixed(3)} ${figure.limit}`);
            console.error(`  ${figure.detail}`);
            failed += figure.ratio > figure.limit ? 1 : 0;
        }
    }
    return failed;
}
