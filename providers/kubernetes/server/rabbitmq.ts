import type { ServerEngine } from "./engine";

export const rabbitmq = undefined as unknown as ServerEngine;
