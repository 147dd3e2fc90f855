import { createPrivateKey } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import type { DatabaseSpec } from "../../../components/backend";
import { groupRoles, quoted } from "../../protocols/postgresql-roles";
import type { BackupsConfig } from "../config";
import type { Groundwork } from "../groundwork";
import { cpuQuantity, memoryQuantity } from "../quantities";
import { administrator, poolerRole, serviceNames } from "../server/postgresql-names";
import { clusterBackup } from "./backups";
import { hasWalStorage, type Settings, walStorageGb } from "./settings";

/** The labels of pods that CloudNativePG makes for one Cluster. */
export function clusterLabels({ name }: Groundwork): Record<string, pulumi.Input<string>> {
    return { "cnpg.io/cluster": name };
}

/** The administrator's password, in the form in which the operator takes it. */
export function adminSecret(ground: Groundwork) {
    return secret(ground, "admin", "kubernetes.io/basic-auth", { username: administrator, password: ground.instance.adminPassword });
}

/** The service's own authority: with its key, the operator issues and renews the server's certificate while bindings keep what they trust. */
export function authoritySecret(ground: Groundwork) {
    const { authority, authorityKey } = ground.instance;
    return secret(ground, "authority", "Opaque", { "ca.crt": authority, "ca.key": authorityKey.apply(toSec1) });
}

/** The operator reads keys of elliptic curves in their older form only. */
export function toSec1(key: string): string {
    return createPrivateKey(key).export({ type: "sec1", format: "pem" }).toString();
}

function secret(ground: Groundwork, role: string, type: string, stringData: Record<string, pulumi.Input<string>>) {
    const { Secret } = require("@pulumi/kubernetes/core/v1/secret") as typeof import("@pulumi/kubernetes/core/v1/secret");
    const { labels, ...metadata } = ground.metadata(role);
    // The label makes the operator look at changes.
    return new Secret(
        ground.ctx.childName(role),
        { metadata: { ...metadata, labels: { ...labels, "cnpg.io/reload": "true" } }, type, stringData },
        ground.options("support"),
    );
}

/** What a Cluster is made of beside the groundwork. */
export interface ClusterParts {
    readonly spec: DatabaseSpec;
    readonly settings: Settings;
    /** The names of Secrets. */
    readonly admin: pulumi.Input<string>;
    readonly authority: pulumi.Input<string>;
    readonly pooled: boolean;
    readonly backups: BackupsConfig | undefined;
}

/** The `spec` of a CloudNativePG Cluster, as of operator 1.28 to 1.30. */
export function clusterSpec(ground: Groundwork, { spec, settings, admin, authority, pooled, backups }: ClusterParts): object {
    const { size, tags, durability } = spec;
    const { instances, name, namespace, placed, external, spread } = ground;
    const { storageClass, nodeSelector, imagePullSecrets } = placed.settings;
    const several = instances > 1;
    const resources = { cpu: cpuQuantity(size.cpu), memory: memoryQuantity(size.memoryGb) };
    const volume = (gigabytes: number) => ({ size: memoryQuantity(gigabytes), ...(storageClass === undefined ? {} : { storageClass }) });
    return {
        imageName: ground.image,
        ...(imagePullSecrets === undefined ? {} : { imagePullSecrets: imagePullSecrets.map((pull) => ({ name: pull })) }),
        instances,
        ...(Object.keys(tags).length === 0 ? {} : { inheritedMetadata: { labels: { ...tags } } }),
        bootstrap: {
            initdb: pulumi.all([ground.instance.version, admin]).apply(([version, secretName]) => initdb(spec.databaseName, Number(version), secretName)),
        },
        postgresql: {
            parameters: { ...settings.parameters },
            ...(settings.preloadLibraries.length === 0 ? {} : { shared_preload_libraries: [...settings.preloadLibraries] }),
            pg_hba: [...hostBasedAuthentication],
            // One standby has every commit before the client hears of it, and only one that certainly has all of them takes over.
            ...(durability === "critical" ? { synchronous: { method: "any", number: 1, dataDurability: "required", failoverQuorum: true } } : {}),
        },
        enableSuperuserAccess: false,
        certificates: {
            serverCASecret: authority,
            ...alternativeNames(external?.hostname, pooled ? pulumi.interpolate`${name}-${poolerRole}` : undefined, namespace),
        },
        storage: volume(size.storageGb),
        ...(hasWalStorage(spec) ? { walStorage: volume(walStorageGb(spec)) } : {}),
        resources: { requests: resources, limits: resources },
        affinity: {
            enablePodAntiAffinity: true,
            podAntiAffinityType: spread,
            topologyKey: "kubernetes.io/hostname",
            ...(nodeSelector === undefined ? {} : { nodeSelector: { ...nodeSelector } }),
        },
        ...(several ? { topologySpreadConstraints: [acrossZones(name)] } : {}),
        // Of a single server, a budget would only say that its node can never be drained.
        enablePDB: several,
        primaryUpdateStrategy: "unsupervised",
        primaryUpdateMethod: several ? "switchover" : "restart",
        // A server that stops waits that long for its clients to leave, and then ends their connections; the operator's own figures are 3 and 30 minutes.
        smartShutdownTimeout: 10,
        stopDelay: 300,
        ...clusterBackup(backups),
    };
}

/** How the server is made: once, so that a change of any of it changes nothing. */
function initdb(database: string, version: number, secretName: string): object {
    const { owner } = groupRoles(database);
    const admin = quoted(administrator);
    return {
        database,
        owner: administrator,
        secret: { name: secretName },
        encoding: "UTF8",
        dataChecksums: true,
        // A collation that is the same in every image and never changes with its operating system; before 17 that is "C", CloudNativePG's default.
        ...(version >= 17 ? { localeProvider: "builtin", builtinLocale: "C.UTF-8" } : {}),
        postInitSQL: [
            `ALTER ROLE ${admin} CREATEROLE CREATEDB`,
            // The Database object needs it before this library can log in.
            `CREATE ROLE ${quoted(owner)} NOLOGIN`,
            `GRANT ${quoted(owner)} TO ${admin} WITH ADMIN OPTION`,
            // To say which setting a server refuses.
            `GRANT EXECUTE ON FUNCTION pg_catalog.pg_show_all_file_settings() TO ${admin}`,
            `GRANT SELECT ON pg_catalog.pg_file_settings TO ${admin}`,
        ],
        // Up to version 14 the schema "public" belongs to the superuser, and nobody else could keep read-only users from writing there.
        ...(version < 15 ? { postInitTemplateSQL: [`ALTER SCHEMA public OWNER TO ${admin}`] } : {}),
    };
}

/**
 * In front of the operator's last rule, which lets everyone in who has a password. The administrator's connections are forwarded by the
 * API server, so they come out of the pod's own loopback interface.
 */
const hostBasedAuthentication = [
    "hostnossl all all all reject",
    `hostssl all ${quoted(administrator)} 127.0.0.1/32 scram-sha-256`,
    `hostssl all ${quoted(administrator)} ::1/128 scram-sha-256`,
    `host all ${quoted(administrator)} all reject`,
];

function alternativeNames(hostname: string | undefined, pooler: pulumi.Output<string> | undefined, namespace: string): object {
    const names = [
        ...(hostname === undefined ? [] : [hostname]),
        // PgBouncer shows the server's own certificate.
        ...(pooler === undefined ? [] : [0, 1, 2, 3].map((index) => pooler.apply((service) => serviceNames(service, namespace)[index] as string))),
    ];
    return names.length === 0 ? {} : { serverAltDNSNames: names };
}

function acrossZones(name: pulumi.Input<string>): object {
    return {
        maxSkew: 1,
        topologyKey: "topology.kubernetes.io/zone",
        whenUnsatisfiable: "ScheduleAnyway",
        labelSelector: { matchLabels: { "cnpg.io/cluster": name, "cnpg.io/podRole": "instance" } },
    };
}
