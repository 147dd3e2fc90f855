import type { ServiceKind } from "../../components/backend";

/**
 * What AWS calls the newest of each major version, newest major last. RDS takes a major version alone and chooses the minor one, which it then keeps
 * current itself; Amazon MQ takes "major.minor" and chooses the patch; ElastiCache takes "major.minor".
 *
 * RDS: 14 to 18, release calendar of RDS for PostgreSQL (AWS's announcements of May 2026). Amazon MQ: 3.13 and 4.2, its developer guide, 2026-08.
 * ElastiCache for Valkey: 7.2, 8.2 and 9.0, its user guide, 2026-11. It knows 9.1 too, which that of AWS China does not.
 */
export const engineVersions: Readonly<Record<ServiceKind, Readonly<Record<string, string>>>> = {
    database: { "14": "14", "15": "15", "16": "16", "17": "17", "18": "18" },
    queue: { "3": "3.13", "4": "4.2" },
    cache: { "7": "7.2", "8": "8.2", "9": "9.0" },
};

/** The major versions of a kind, newest last. */
export function majorsOf(kind: ServiceKind): readonly string[] {
    return Object.keys(engineVersions[kind]).sort((one, other) => Number(one) - Number(other));
}

/** Whether AWS moves a living service to a newer major version. Amazon MQ doesn't: RabbitMQ 4 is for new brokers only. */
export const upgradesInPlace: Readonly<Record<ServiceKind, boolean>> = { database: true, queue: false, cache: true };
