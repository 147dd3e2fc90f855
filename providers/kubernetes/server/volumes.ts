import type { Api } from "./api";
import { engineOf } from "./engines";
import { type ServerAccess, subject } from "./inputs";
import { claimsOf } from "./pods";

/**
 * Keeps the volumes of a service when their claims go: the final copy of its data. They stay as PersistentVolumes in the phase "Released", with
 * the claim that they belonged to in `spec.claimRef`.
 */
export async function keepVolumes(api: Api, server: ServerAccess): Promise<void> {
    const { namespace, name, kind } = server;
    const claims = await claimsOf(api, namespace, engineOf(kind).selector(name));
    const volumes = claims.flatMap(({ spec }) => spec.volumeName ?? []);
    for (const volume of volumes) {
        try {
            await api.patch(`/api/v1/persistentvolumes/${volume}`, { spec: { persistentVolumeReclaimPolicy: "Retain" } });
        } catch (error) {
            throw new Error(
                `The data of ${subject(server)} would be lost: its volume ${volume} can't be kept (${(error as Error).message}). Nothing was deleted. ` +
                    'Let this user patch persistentvolumes; or, to give up the data, run "pulumi up" with durability: "ephemeral" first.',
                { cause: error },
            );
        }
    }
    if (volumes.length > 0) {
        console.info(`The data of ${subject(server)} were kept: PersistentVolume ${volumes.join(", ")}.`);
    }
}
