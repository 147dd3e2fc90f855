import type { Backend } from "../../components/backend";
import { config, type LocalConfig } from "./config";

export type { LocalConfig } from "./config";

const capabilities = { highAvailability: false, pointInTimeRecovery: false };

/** Real servers on the machine that runs `pulumi up`. */
export const backend: Backend<LocalConfig> = {
    name: "local",
    summary: "Real servers on this machine, for a laptop and for CI.",
    config,
    database: {
        versions: ["14", "15", "16", "17", "18"],
        capabilities,
        provision: (ctx, settings, spec) => (require("./database") as typeof import("./database")).provisionDatabase(ctx, settings, spec),
    },
    queue: {
        versions: ["3", "4"],
        capabilities,
        provision: (ctx, settings, spec) => (require("./queue") as typeof import("./queue")).provisionQueue(ctx, settings, spec),
    },
    cache: {
        versions: ["7", "8", "9"],
        capabilities,
        provision: (ctx, settings, spec) => (require("./cache") as typeof import("./cache")).provisionCache(ctx, settings, spec),
    },
};
