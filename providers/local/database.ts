import type { Context, DatabaseSpec, Service } from "../../components/backend";
import type { LocalConfig } from "./config";
import { provisionServer } from "./provision";

export function provisionDatabase(ctx: Context, config: LocalConfig, spec: DatabaseSpec): Service {
    return provisionServer(ctx, config, spec, { engine: "postgresql", path: spec.databaseName });
}
