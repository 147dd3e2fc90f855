import { startForTests } from "./cluster/for-tests";
import { installRequirements } from "./requirements";
import { ensureToolchain, type Part } from "./toolchain";

/** What tests need of the machine. */
export interface TestTools {
    readonly parts: readonly Part[];
    /** Whether tests of a Kubernetes cluster are among them. */
    readonly cluster: boolean;
}

/**
 * Finds, builds and starts what tests need, with progress lines; gives what to add to their environment. The toolchain and the cluster are made side
 * by side: while one of them downloads, the other compiles.
 */
export async function ensureTestTools({ parts, cluster }: TestTools): Promise<Record<string, string>> {
    installRequirements();
    const progress = (line: string) => console.error(line);
    const [toolchain, started] = await Promise.allSettled([ensureToolchain(parts, { progress }), cluster ? startForTests(progress) : {}]);
    if (toolchain.status === "rejected") throw toolchain.reason;
    if (started.status === "rejected") throw started.reason;
    return { ...toolchain.value.env, ...started.value };
}
