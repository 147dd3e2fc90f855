import { withSystemPath } from "../cluster/machine";
import { cacheDirectory, type Env } from "../toolchain/cache";
import { ensureHost, type HostAnswer, type HostOptions, reasonAgainstHosts } from "./index";

/** Off when it says 0. */
const SWITCH = "TEST_HOSTS";

/** Why tests that need hosts are skipped; nothing when they run. */
export function reasonToSkipHosts(env: Env = process.env): string | undefined {
    return env[SWITCH] === "0" ? `${SWITCH}=0 is in the environment` : reasonAgainstHosts(withSystemPath(env), cacheDirectory(env));
}

/** A host, for a file of tests. */
export async function hostForTests(options: HostOptions): Promise<HostAnswer> {
    const reason = reasonToSkipHosts();
    return reason ? { reason } : ensureHost(options);
}
