import type { Engine } from "./engine";
import type { EngineName } from "./inputs";

const engines: { readonly [Name in EngineName]: () => Engine } = {
    postgresql: () => (require("./postgresql") as typeof import("./postgresql")).postgresql,
    rabbitmq: () => (require("./rabbitmq") as typeof import("./rabbitmq")).rabbitmq,
    valkey: () => (require("./valkey") as typeof import("./valkey")).valkey,
};

/** An engine, loaded when first asked for: each brings a client library. */
export function engineOf(name: EngineName): Engine {
    return engines[name]();
}
