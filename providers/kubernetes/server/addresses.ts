/** Where pods find a server. No client library: programs load this. */
import type { ServiceKind } from "../../../components/backend";
import { port as valkeyPort } from "../cache/configuration";
import { ports } from "../queue/names";
import type { ServerAddress, ServerInputs } from "./inputs";

/** Of PostgreSQL and of PgBouncer. */
export const postgresqlPort = 5432;

/** The address by the cluster's own DNS; it follows from names alone. */
export function addressInCluster(kind: ServiceKind, server: Pick<ServerInputs, "name" | "namespace" | "front" | "instances">): ServerAddress {
    const { name, namespace, front = "rw", instances } = server;
    switch (kind) {
        case "database":
            return { host: `${name}-${front}.${namespace}.svc`, port: postgresqlPort, ...readerOf(name, namespace, instances) };
        case "queue": {
            const host = `${name}.${namespace}.svc`;
            return { host, port: ports.amqp, managementUri: `https://${host}:${ports.management}` };
        }
        case "cache":
            return { host: `${name}.${namespace}.svc`, port: valkeyPort };
        default: {
            const never: never = kind;
            throw new Error(`unknown kind of service ${never}`);
        }
    }
}

/** The Service of a database's standbys, where it has some. */
export function readerOf(name: string, namespace: string, instances: number): Pick<ServerAddress, "readerHost"> {
    return instances > 1 ? { readerHost: `${name}-ro.${namespace}.svc` } : {};
}
