import type { ServiceKind } from "../../../components/backend";
import type { ServerEngine } from "./engine";

const engines: Readonly<Record<ServiceKind, () => ServerEngine>> = {
    database: () => (require("./postgresql") as typeof import("./postgresql")).postgresql,
    queue: () => (require("./rabbitmq") as typeof import("./rabbitmq")).rabbitmq,
    cache: () => (require("./valkey") as typeof import("./valkey")).valkey,
};

export function engineOf(kind: ServiceKind): ServerEngine {
    return engines[kind]();
}
