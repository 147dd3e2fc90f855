import type { ServerEngine } from "./engine";

export const postgresql = undefined as unknown as ServerEngine;
