import type { CacheSpec, Context, Service } from "../../components/backend";
import type { LocalConfig } from "./config";
import { provisionServer } from "./provision";

export function provisionCache(ctx: Context, config: LocalConfig, spec: CacheSpec): Service {
    return provisionServer(ctx, config, spec, { engine: "valkey", evictionPolicy: spec.evictionPolicy });
}
