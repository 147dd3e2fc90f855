import type { DatabaseSpec, ServiceRequest } from "../../../components/backend";
import type { Problem } from "../../../components/validation";
import type { BackupsConfig, KubernetesConfig } from "../config";
import { customResource } from "../custom-resource";
import { definition } from "../definitions";
import type { Groundwork } from "../groundwork";
import type { Demands } from "../server/inputs";

const plugin = "barman-cloud.cloudnative-pg.io";

/** What is wrong with the backups that an environment asks for, and with a recovery to any moment without them. */
export function backupProblems({ config: { backups }, configPath, spec }: ServiceRequest<KubernetesConfig, DatabaseSpec>): Problem[] {
    const problems: Problem[] = [];
    const ways = (["volumeSnapshot", "barmanCloud"] as const).filter((way) => backups?.[way] !== undefined);
    if (backups !== undefined && ways.length !== 1) {
        problems.push({
            property: `${configPath}.backups`,
            reason: `must name exactly one of volumeSnapshot and barmanCloud, got ${ways.length === 0 ? "neither" : "both"}.`,
        });
    }
    if (spec.pointInTimeRecovery && backups?.barmanCloud === undefined) {
        problems.push({
            property: "pointInTimeRecovery",
            reason:
                `needs an archive of the write-ahead log, which the environment doesn't have. Set ${configPath}.backups.barmanCloud.objectStore to the name of an ` +
                "ObjectStore (barmancloud.cnpg.io) of the namespace; or remove pointInTimeRecovery.",
        });
    }
    return problems;
}

/** The kinds of objects that backups need of the cluster. */
export function backupDefinitions(backups: BackupsConfig | undefined): Demands["definitions"] {
    if (backups === undefined) {
        return [];
    }
    const scheduled = definition("postgresql.cnpg.io", "v1", "ScheduledBackup", "scheduledbackups");
    return [scheduled, backups.volumeSnapshot === undefined ? objectStore : snapshotClass];
}

const snapshotClass = {
    group: "snapshot.storage.k8s.io",
    version: "v1",
    kind: "VolumeSnapshotClass",
    install:
        "backups.volumeSnapshot of the environment needs snapshots of volumes, and the cluster can't take any: it knows no VolumeSnapshotClass " +
        "(snapshot.storage.k8s.io/v1). Install the snapshot controller and a storage driver that can; or use backups.barmanCloud, or remove backups.",
};

const objectStore = {
    group: "barmancloud.cnpg.io",
    version: "v1",
    kind: "ObjectStore",
    install:
        "backups.barmanCloud of the environment needs CloudNativePG's plugin barman-cloud, and the cluster doesn't have it: it knows no ObjectStore " +
        "(barmancloud.cnpg.io/v1). Install the plugin beside the operator (https://cloudnative-pg.io/plugin-barman-cloud/); or use backups.volumeSnapshot, or remove backups.",
};

/** What the Cluster's `spec` says of backups. */
export function clusterBackup(backups: BackupsConfig | undefined): object {
    if (backups?.volumeSnapshot !== undefined) {
        const { className } = backups.volumeSnapshot;
        // Snapshots outlive the Cluster.
        return { backup: { volumeSnapshot: { ...(className === undefined ? {} : { className }), online: true, snapshotOwnerReference: "none" } } };
    }
    if (backups?.barmanCloud !== undefined) {
        return { plugins: [{ name: plugin, isWALArchiver: true, parameters: { barmanObjectName: backups.barmanCloud.objectStore } }] };
    }
    return {};
}

export function scheduledBackup(ground: Groundwork, backups: BackupsConfig) {
    return customResource(ground, "postgresql.cnpg.io/v1", "ScheduledBackup", "backup", {
        cluster: { name: ground.name },
        schedule: backups.schedule ?? "0 0 2 * * *",
        // A log without a base to replay it on recovers nothing.
        immediate: true,
        backupOwnerReference: "self",
        ...(backups.volumeSnapshot === undefined ? { method: "plugin", pluginConfiguration: { name: plugin } } : { method: "volumeSnapshot" }),
    });
}
