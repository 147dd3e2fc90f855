import type { ServiceKind } from "../../components/backend";
import type { ClusterConfig } from "./config";

/** The servers behind the three kinds. */
export type ServerName = "postgresql" | "rabbitmq" | "valkey";

export const serverOf = { database: "postgresql", queue: "rabbitmq", cache: "valkey" } as const satisfies Record<ServiceKind, ServerName>;

/** The official images, by server and major version, newest last. A new minor version arrives with a new version of this package. */
export const officialImages: Readonly<Record<ServerName, Readonly<Record<string, string>>>> = {
    postgresql: {
        "14": "ghcr.io/cloudnative-pg/postgresql:14",
        "15": "ghcr.io/cloudnative-pg/postgresql:15",
        "16": "ghcr.io/cloudnative-pg/postgresql:16",
        "17": "ghcr.io/cloudnative-pg/postgresql:17",
        "18": "ghcr.io/cloudnative-pg/postgresql:18",
    },
    rabbitmq: { "3": "rabbitmq:3.13-management", "4": "rabbitmq:4.1-management" },
    valkey: { "7": "valkey/valkey:7.2", "8": "valkey/valkey:8.1", "9": "valkey/valkey:9.1" },
};

/** The images of a server in a cluster: those that the environment names are all that it offers. */
export function imagesOf(server: ServerName, { images }: ClusterConfig): Readonly<Record<string, string>> {
    return images?.[server] ?? officialImages[server];
}

/** The major versions of a server in a cluster, newest last. */
export function versionsOf(server: ServerName, settings: ClusterConfig): readonly string[] {
    return Object.keys(imagesOf(server, settings)).sort((one, other) => Number(one) - Number(other));
}
