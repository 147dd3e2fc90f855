import type { Context, QueueSpec, Service } from "../../components/backend";
import type { ExistingConfig } from "./config";
import { provisionServer } from "./provision";
import { versions } from "./versions";

export function provisionQueue(ctx: Context, config: ExistingConfig, spec: QueueSpec): Service {
    return provisionServer(ctx, config, spec, { defaultPort: 5671, versions: versions.queue, path: spec.vhost });
}
