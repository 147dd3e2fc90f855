/** What is installed or built. `tools/toolchain/README.md` says how to move each of them. */
export const VERSIONS = {
    /** The CLI: as the npm package installs it, and as the Go module builds it. */
    pulumi: "3.250.0",
    /** The oldest CLI on the PATH that is good enough: component arguments are recorded in state since then. */
    oldestPulumi: "3.202.0",
    /**
     * What the built plugins call themselves. The engine warns when a plugin is older than the SDK that asks for it,
     * and these upstreams have no release that matches an SDK.
     */
    random: "4.999.0",
    postgresql: "3.999.0",
    /** For the emulated suite only; `go/aws/go.mod` pins the upstream by commit. */
    aws: "7.999.0",
    /** The release that `go/kubernetes/go.mod` pins by commit; `@pulumi/kubernetes` in package.json is the same. */
    kubernetes: "4.25.0",
} as const;

/** Compares dotted numbers; a leading `v` and anything after `-` or `+` don't count. */
export function atLeast(version: string, oldest: string): boolean {
    const [have, need] = [numbers(version), numbers(oldest)];
    for (let i = 0; i < 3; i++) {
        const difference = (have[i] ?? 0) - (need[i] ?? 0);
        if (difference !== 0) return difference > 0;
    }
    return true;
}

function numbers(version: string): number[] {
    return version
        .replace(/^v|[-+].*$/g, "")
        .split(".")
        .map((part) => Number.parseInt(part, 10) || 0);
}
