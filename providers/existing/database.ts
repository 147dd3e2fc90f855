import type { Context, DatabaseSpec, Service } from "../../components/backend";
import type { ExistingConfig } from "./config";
import { provisionServer } from "./provision";
import { versions } from "./versions";

export function provisionDatabase(ctx: Context, config: ExistingConfig, spec: DatabaseSpec): Service {
    return provisionServer(ctx, config, spec, { defaultPort: 5432, versions: versions.database, path: spec.databaseName });
}
