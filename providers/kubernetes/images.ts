import type { ServiceKind } from "../../components/backend";
import type { ClusterConfig } from "./config";

/** The servers behind the three kinds. */
export type ServerName = "postgresql" | "rabbitmq" | "valkey";

export const serverOf = { database: "postgresql", queue: "rabbitmq", cache: "valkey" } as const satisfies Record<ServiceKind, ServerName>;

/** The official images, by server and major version, newest last. A new minor version arrives with a new version of this package. */
export const officialImages: Readonly<Record<ServerName, Readonly<Record<string, string>>>> = {
    // All on the same release of Debian: CloudNativePG upgrades to another major version on no other.
    postgresql: {
        "14": "ghcr.io/cloudnative-pg/postgresql:14.24-202608170814-standard-trixie@sha256:2251ca32ca24152bad5d9ddbc9ac4e95e98d6cff4002e98a5484e542ce2cae36",
        "15": "ghcr.io/cloudnative-pg/postgresql:15.19-202608170814-standard-trixie@sha256:613c7a0417887cd2626a2bfb31fa4e1d86c3088e575fd66bc227007dc69a5487",
        "16": "ghcr.io/cloudnative-pg/postgresql:16.15-202608170814-standard-trixie@sha256:3df9103d7f89c8abc2870463d4d446944c81b5f1f4b707c590895dc003ecbb65",
        "17": "ghcr.io/cloudnative-pg/postgresql:17.11-202608170816-standard-trixie@sha256:91e0de662d53895a45f1396f4ee1a75daeb0c26fc87853afc9c8f43e01fdaa21",
        "18": "ghcr.io/cloudnative-pg/postgresql:18.6-202608170814-standard-trixie@sha256:771f9eab5225587af259d84680cc69a5b6e374ac32bb24effafde1f3368a1241",
    },
    // 4.2 is the newest that 3.13 can move to.
    rabbitmq: { "3": "rabbitmq:3.13-management", "4": "rabbitmq:4.2-management" },
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
