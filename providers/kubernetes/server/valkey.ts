import type { ServerEngine } from "./engine";

export const valkey = undefined as unknown as ServerEngine;
