import type { Backend } from "../../components/backend";
import { type AwsConfig, config } from "./config";
import { majorsOf } from "./versions";

export type { AwsConfig, BastionConfig } from "./config";
export { AwsCache, AwsDatabase, AwsQueue } from "./handles";

/** Managed services of AWS. */
export const backend: Backend<AwsConfig> = {
    name: "aws",
    summary: "Managed services of AWS: RDS for PostgreSQL, Amazon MQ for RabbitMQ, ElastiCache for Valkey.",
    config,
    sdks: [{ package: "@pulumi/aws", range: "^7.0.0" }],
    database: {
        versions: majorsOf("database"),
        capabilities: { highAvailability: true, pointInTimeRecovery: true },
        check: (request) => (require("./database") as typeof import("./database")).databaseProblems(request),
        provision: (ctx, settings, spec) => (require("./database") as typeof import("./database")).provisionDatabase(ctx, settings, spec),
    },
    queue: {
        versions: majorsOf("queue"),
        capabilities: { highAvailability: true, pointInTimeRecovery: false },
        check: (request) => (require("./queue") as typeof import("./queue")).queueProblems(request),
        provision: (ctx, settings, spec) => (require("./queue") as typeof import("./queue")).provisionQueue(ctx, settings, spec),
    },
    cache: {
        versions: majorsOf("cache"),
        capabilities: { highAvailability: true, pointInTimeRecovery: false },
        check: (request) => (require("./cache") as typeof import("./cache")).cacheProblems(request),
        provision: (ctx, settings, spec) => (require("./cache") as typeof import("./cache")).provisionCache(ctx, settings, spec),
    },
};
