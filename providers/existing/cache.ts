import type { CacheSpec, Context, Service } from "../../components/backend";
import type { ExistingConfig } from "./config";
import { provisionServer } from "./provision";
import { versions } from "./versions";

export function provisionCache(ctx: Context, config: ExistingConfig, spec: CacheSpec): Service {
    return provisionServer(ctx, config, spec, { defaultPort: 6379, versions: versions.cache, evictionPolicy: spec.namedEvictionPolicy });
}
