import type { Backend } from "../../components/backend";
import { config, type VmConfig } from "./config";

export type { VmConfig } from "./config";

/** Servers on Linux hosts that are reached over SSH. */
export const backend: Backend<VmConfig> = {
    name: "vm",
    summary: "Servers on Debian and Ubuntu hosts over SSH, from the distribution's packages, run by systemd.",
    config,
    sdks: [{ package: "ssh2", range: "^1.15.0" }],
    database: {
        versions: ["14", "15", "16", "17", "18"],
        capabilities: { highAvailability: false, pointInTimeRecovery: true },
        check: (request) => (require("./database") as typeof import("./database")).databaseProblems(request),
        provision: (ctx, settings, spec) => (require("./database") as typeof import("./database")).provisionDatabase(ctx, settings, spec),
    },
    queue: {
        versions: ["3", "4"],
        capabilities: { highAvailability: false, pointInTimeRecovery: false },
        check: (request) => (require("./queue") as typeof import("./queue")).queueProblems(request),
        provision: (ctx, settings, spec) => (require("./queue") as typeof import("./queue")).provisionQueue(ctx, settings, spec),
    },
    cache: {
        versions: ["7", "8"],
        capabilities: { highAvailability: false, pointInTimeRecovery: false },
        check: (request) => (require("./cache") as typeof import("./cache")).cacheProblems(request),
        provision: (ctx, settings, spec) => (require("./cache") as typeof import("./cache")).provisionCache(ctx, settings, spec),
    },
};
