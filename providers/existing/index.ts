import type { Backend } from "../../components/backend";
import { problems } from "./check";
import { config, type ExistingConfig } from "./config";
import { versions } from "./versions";

export type { ExistingAdmin, ExistingBastion, ExistingConfig, ExistingServer } from "./config";

const capabilities = { highAvailability: false, pointInTimeRecovery: false };

/** Servers that others run: a database or vhost, and users, are made there. */
export const backend: Backend<ExistingConfig> = {
    name: "existing",
    summary: "Servers that are there already, whoever runs them: databases, vhosts and users are made on them.",
    config,
    database: {
        versions: versions.database,
        capabilities,
        check: (request) => problems("database", request),
        provision: (ctx, settings, spec) => (require("./database") as typeof import("./database")).provisionDatabase(ctx, settings, spec),
    },
    queue: {
        versions: versions.queue,
        capabilities,
        check: (request) => problems("queue", request),
        provision: (ctx, settings, spec) => (require("./queue") as typeof import("./queue")).provisionQueue(ctx, settings, spec),
    },
    cache: {
        versions: versions.cache,
        capabilities,
        check: (request) => problems("cache", request),
        provision: (ctx, settings, spec) => (require("./cache") as typeof import("./cache")).provisionCache(ctx, settings, spec),
    },
};
