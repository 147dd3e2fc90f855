import { join } from "node:path";
import { hashOf } from "../toolchain/cache";

/** Where things are, all of them below the cache directory of the toolchain. */
export class Places {
    constructor(readonly cache: string) {}

    /** Data, certificates and logs of the cluster: gone with `down --wipe`. */
    get state(): string {
        return join(this.cache, "cluster");
    }

    get kubeconfig(): string {
        return this.pki("admin.kubeconfig");
    }

    /** What kubectl remembers of the API: as long as the cluster lives, and not in a home directory that may not be there. */
    get kubectlCache(): string {
        return join(this.state, "kubectl");
    }

    pki(file: string): string {
        return join(this.state, "pki", file);
    }

    log(name: string): string {
        return join(this.state, "logs", `${name}.log`);
    }

    lock(name: string): string {
        return join(this.cache, "locks", `cluster-${name}`);
    }

    /** The folder of something that is built once for each content of its sources. */
    built(name: string, ...sources: readonly string[]): string {
        return join(this.cache, "built", `cluster-${name}-${hashOf(sources)}-${process.platform}-${process.arch}`);
    }
}
