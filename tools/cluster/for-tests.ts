import type { Env } from "../toolchain/cache";
import type { Progress } from "../toolchain/toolchain";
import { type ClusterAnswer, ensureCluster, reasonAgainstCluster } from "./index";

/** Off when it says 0. */
const SWITCH = "TEST_CLUSTER";

/** What a task that starts the cluster before the tests tells them: why there is none, though this machine should be able to. */
const FAILURE = "TEST_CLUSTER_FAILURE";

/** Why tests that need a cluster are skipped; nothing when they run. */
export function reasonToSkip(env: Env = process.env): string | undefined {
    return env[SWITCH] === "0" ? `${SWITCH}=0 is in the environment` : reasonAgainstCluster(env);
}

/**
 * Builds and starts the cluster before the tests do, with progress lines. Gives what to add to the tests' environment: when it fails, the tests
 * that need it fail at once, with its message, and all others run.
 */
export async function startForTests(progress: Progress): Promise<Record<string, string>> {
    const reason = reasonToSkip();
    if (reason) {
        progress(`no test cluster, so the tests that need one are skipped: ${reason}`);
        return {};
    }
    try {
        const answer = await ensureCluster({ progress });
        if ("reason" in answer) progress(`no test cluster, so the tests that need one are skipped: ${answer.reason}`);
        return {};
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        progress(`no test cluster, so the tests that need one fail: ${message}`);
        return { [FAILURE]: message };
    }
}

/** The cluster, for a file of tests; it is up already unless the tests were started by hand. */
export async function clusterForTests(): Promise<ClusterAnswer> {
    const reason = reasonToSkip();
    if (reason) return { reason };
    const failure = process.env[FAILURE];
    if (failure) throw new Error(failure);
    return ensureCluster();
}
