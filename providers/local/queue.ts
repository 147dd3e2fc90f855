import type { Context, QueueSpec, Service } from "../../components/backend";
import type { LocalConfig } from "./config";
import { provisionServer } from "./provision";

export function provisionQueue(ctx: Context, config: LocalConfig, spec: QueueSpec): Service {
    return provisionServer(ctx, config, spec, { engine: "rabbitmq", path: spec.vhost });
}
