import type { Backend } from "../../components/backend";
import { config, type KubernetesConfig } from "./config";

export type { KubernetesConfig } from "./config";
export { Operators, type OperatorsArgs } from "./operators";

/** Servers in a Kubernetes cluster, by the operators that run them. */
export const backend: Backend<KubernetesConfig> = {
    name: "kubernetes",
    summary: "Servers in a Kubernetes cluster: CloudNativePG, the RabbitMQ cluster operator, and Valkey.",
    config,
    sdks: [
        { package: "@pulumi/kubernetes", range: "^4.18.0" },
        { package: "@kubernetes/client-node", range: "^1.3.0" },
    ],
    database: {
        versions: ["14", "15", "16", "17", "18"],
        capabilities: { highAvailability: true, pointInTimeRecovery: true },
        check: (request) => (require("./database") as typeof import("./database")).databaseProblems(request),
        provision: (ctx, settings, spec) => (require("./database") as typeof import("./database")).provisionDatabase(ctx, settings, spec),
    },
    queue: {
        versions: ["3", "4"],
        capabilities: { highAvailability: true, pointInTimeRecovery: false },
        check: (request) => (require("./queue") as typeof import("./queue")).queueProblems(request),
        provision: (ctx, settings, spec) => (require("./queue") as typeof import("./queue")).provisionQueue(ctx, settings, spec),
    },
    cache: {
        versions: ["7", "8", "9"],
        capabilities: { highAvailability: false, pointInTimeRecovery: false },
        check: (request) => (require("./cache") as typeof import("./cache")).cacheProblems(request),
        provision: (ctx, settings, spec) => (require("./cache") as typeof import("./cache")).provisionCache(ctx, settings, spec),
    },
};
