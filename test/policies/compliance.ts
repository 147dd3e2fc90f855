import * as type from "../../policies/types";
import type { RuleCase, TypeCase } from "./case";
import { container, plainCases, settingCases, workload } from "./shapes";

const tagged = [type.rdsInstance, type.rdsCluster, type.mqBroker, type.replicationGroup, type.memoryDb, type.kmsKey, type.securityGroup, type.logGroup];
const operators = [type.cnpgCluster, type.rabbitmqCluster, type.zalandoPostgresql];

/** A resource without protection of its own. */
function protection(types: readonly string[], compliant: object, decides: string): TypeCase[] {
    return types.map((one) => ({
        type: one,
        compliant: { ...compliant },
        violations: [{ props: { ...compliant }, protect: false, says: /isn't protected by Pulumi/ }],
        decides,
        absent: "fine",
        unknown: "fine",
    }));
}

function versioned(one: string, path: string, good: string, bad: string, base: object = {}): TypeCase {
    return {
        ...(plainCases([one], path, good, bad, { absent: "fine", unknown: "fine" }, { ...base })[0] as TypeCase),
        violations: [{ props: { ...base, [path]: bad }, says: /whose support (ended|ends) on/ }],
    };
}

export const compliance: Readonly<Record<string, RuleCase>> = {
    "backups-retained": {
        cases: [
            ...plainCases([type.rdsInstance, type.rdsCluster], "backupRetentionPeriod", 7, 0, { absent: "finding", unknown: "waits" }),
            ...plainCases([type.replicationGroup, type.memoryDb], "snapshotRetentionLimit", 1, 0, { absent: "finding", unknown: "waits" }),
        ],
        parameters: [
            { set: { databaseDays: 14 }, type: type.rdsInstance, props: { backupRetentionPeriod: 7 }, makes: "finding" },
            { set: { cacheDays: 7 }, type: type.replicationGroup, props: { snapshotRetentionLimit: 1 }, makes: "finding" },
        ],
    },
    "backups-configured": {
        stack: "prod",
        cases: [
            {
                type: type.cnpgCluster,
                compliant: { spec: { plugins: [{ name: "barman-cloud.cloudnative-pg.io", isWALArchiver: true }] } },
                violations: [{ props: { spec: { plugins: [{ name: "other" }] } }, says: /which means no backups/ }],
                decides: "spec.plugins",
                absent: "finding",
                unknown: "waits",
            },
        ],
        parameters: [{ set: { stacks: ["live"] }, type: type.cnpgCluster, props: { spec: {} }, stack: "live", makes: "finding" }],
    },
    "deletion-protected": {
        cases: [
            ...plainCases([type.rdsInstance, type.rdsCluster], "deletionProtection", true, false, { absent: "finding", unknown: "waits" }),
            ...protection([...operators, type.mqBroker, type.replicationGroup, type.memoryDb], { name: "orders" }, "name"),
            ...protection([type.localServer, type.vmServer], { durability: "standard" }, "durability").map((one) => ({ ...one, unknown: "waits" as const })),
            ...protection([type.statefulSet], workload({ image: "postgres:18" }), `${container}.image`),
        ],
        parameters: [],
    },
    "final-snapshot": {
        cases: [
            ...[type.rdsInstance, type.rdsCluster].map((one) => ({
                type: one,
                compliant: { skipFinalSnapshot: false, finalSnapshotIdentifier: "orders-final" },
                violations: [
                    { props: { skipFinalSnapshot: true }, says: /skipFinalSnapshot is true/ },
                    { props: { skipFinalSnapshot: false }, says: /finalSnapshotIdentifier is not set/ },
                ],
                decides: "finalSnapshotIdentifier",
                absent: "finding" as const,
                unknown: "fine" as const,
            })),
            ...plainCases([type.replicationGroup], "finalSnapshotIdentifier", "orders", "", { absent: "finding", unknown: "fine" }),
            ...plainCases([type.memoryDb], "finalSnapshotName", "orders", "", { absent: "finding", unknown: "fine" }),
        ],
        parameters: [],
    },
    "automated-backups-kept": {
        cases: plainCases([type.rdsInstance, type.rdsCluster], "deleteAutomatedBackups", false, true, { absent: "finding", unknown: "waits" }),
        parameters: [],
    },
    "data-on-a-volume": {
        cases: [
            ...[type.statefulSet, type.deployment].map((one) => ({
                type: one,
                compliant: workload({ image: "postgres:18" }, { spec: { volumeClaimTemplates: [{ metadata: { name: "data" } }] } }),
                violations: [
                    { props: workload({ image: "postgres:18" }, { pod: { volumes: [{ name: "data", emptyDir: {} }] } }), says: /its data is in the pod/ },
                    { props: workload({ image: "library/rabbitmq:4" }), says: /rabbitmq runs without a PersistentVolumeClaim/ },
                ],
                decides: "spec.volumeClaimTemplates",
                absent: "finding" as const,
                unknown: "waits" as const,
            })),
            {
                type: type.rabbitmqCluster,
                compliant: { spec: { persistence: { storage: "10Gi" } } },
                violations: [
                    { props: { spec: { persistence: { storage: "0Gi" } } }, says: /keeps the data in the pod/ },
                    { props: { spec: { persistence: { emptyDir: {} } } }, says: /keeps the data in the pod/ },
                ],
                decides: "spec.persistence.storage",
                absent: "fine",
                unknown: "waits",
            },
        ],
        parameters: [{ set: { engines: ["valkey"] }, type: type.deployment, props: workload({ image: "redis:7" }), makes: "finding" }],
    },
    "volumes-kept": {
        cases: [
            {
                type: type.statefulSet,
                compliant: { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain" } } },
                violations: [
                    {
                        props: { spec: { persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" } } },
                        says: /whenDeleted is "Delete"/,
                    },
                ],
                decides: "spec.persistentVolumeClaimRetentionPolicy.whenDeleted",
                absent: "fine",
                unknown: "waits",
            },
            {
                type: type.cnpgDatabase,
                compliant: { spec: { databaseReclaimPolicy: "retain" } },
                violations: [{ props: { spec: { databaseReclaimPolicy: "delete" } }, says: /databaseReclaimPolicy is "delete"/ }],
                decides: "spec.databaseReclaimPolicy",
                absent: "fine",
                unknown: "waits",
            },
        ],
        parameters: [],
    },
    "data-loss-not-allowed": {
        cases: plainCases([type.identity], "allowDataLoss", [], ["name-change"], { absent: "fine", unknown: "waits" }),
        parameters: [],
    },
    "versions-supported": {
        cases: [
            versioned(type.managedDatabase, "version", "17", "13"),
            versioned(type.managedQueue, "version", "4", "3"),
            versioned(type.managedCache, "version", "8", "6"),
            versioned(type.rdsInstance, "engineVersion", "17.4", "12.20", { engine: "postgres" }),
            versioned(type.rdsCluster, "engineVersion", "16.6", "11.9", { engine: "aurora-postgresql" }),
            versioned(type.mqBroker, "engineVersion", "4.2", "3.11", { engineType: "RabbitMQ" }),
            versioned(type.replicationGroup, "engineVersion", "8.0", "5.0.6"),
            ...(
                [
                    [type.cnpgCluster, "imageName", "ghcr.io/cloudnative-pg/postgresql:18.4-system-trixie", "ghcr.io/cloudnative-pg/postgresql:13.1"],
                    [type.rabbitmqCluster, "image", "rabbitmq:4.2-management", "registry:5000/rabbitmq:3.12-management"],
                ] as const
            ).map(([one, path, good, bad]) => ({
                type: one,
                compliant: { spec: { [path]: good } },
                violations: [{ props: { spec: { [path]: bad } }, says: new RegExp(`^spec.${path} is .*whose support ended`) }],
                decides: `spec.${path}`,
                absent: "fine" as const,
                unknown: "fine" as const,
            })),
            {
                type: type.zalandoPostgresql,
                compliant: { spec: { postgresql: { version: "17" } } },
                violations: [{ props: { spec: { postgresql: { version: "10" } } }, says: /postgresql 10, whose support ended/ }],
                decides: "spec.postgresql.version",
                absent: "fine",
                unknown: "fine",
            },
            ...[type.statefulSet, type.deployment].map((one) => ({
                type: one,
                compliant: workload({ image: "postgres:18.4@sha256:abc" }),
                violations: [{ props: workload({ image: "postgres:9.6" }), says: /postgresql 9.6, whose support ended on 2025-11-13/ }],
                decides: `${container}.image`,
                absent: "fine" as const,
                unknown: "fine" as const,
            })),
        ],
        parameters: [
            { set: { daysBefore: 365 }, type: type.managedDatabase, props: { version: "14" }, makes: "finding" },
            { set: { ends: { "postgresql 17": "2026-01-01" } }, type: type.managedDatabase, props: { version: "17" }, makes: "finding" },
        ],
    },
    "images-pinned": {
        cases: [
            ...[type.statefulSet, type.deployment].map((one) => ({
                type: one,
                compliant: workload({ image: "postgres:18.4" }),
                violations: [
                    { props: workload({ image: "postgres" }), says: /is "postgres", which names no version/ },
                    { props: workload({ image: "registry:5000/rabbitmq:latest" }), says: /names no version/ },
                ],
                decides: `${container}.image`,
                absent: "fine" as const,
                unknown: "fine" as const,
            })),
            {
                type: type.cnpgCluster,
                compliant: { spec: { imageName: "ghcr.io/cloudnative-pg/postgresql:18.4" } },
                violations: [{ props: { spec: { imageName: "ghcr.io/cloudnative-pg/postgresql:latest" } }, says: /names no version/ }],
                decides: "spec.imageName",
                absent: "fine",
                unknown: "fine",
            },
            {
                type: type.rabbitmqCluster,
                compliant: { spec: { image: "rabbitmq:4.2-management" } },
                violations: [{ props: { spec: { image: "rabbitmq:management" } }, says: /names no version/ }],
                decides: "spec.image",
                absent: "finding",
                unknown: "fine",
            },
        ],
        parameters: [],
    },
    tagged: {
        cases: [
            ...plainCases(tagged, "tags", { owner: "shop" }, {}, { absent: "finding", unknown: "waits" }),
            ...operators.map((one) => ({
                type: one,
                compliant: { metadata: { labels: { "app.kubernetes.io/part-of": "orders" } } },
                violations: [{ props: { metadata: { name: "orders" } }, says: /metadata.labels is not set/ }],
                decides: "metadata.labels",
                absent: "finding" as const,
                unknown: "waits" as const,
            })),
            // Without required tags a component can't break it.
            ...type.managedServices.map((one) => ({
                type: one,
                compliant: { tags: { owner: "shop" } },
                violations: [],
                decides: "tags",
                absent: "fine" as const,
                unknown: "waits" as const,
            })),
        ],
        parameters: [
            { set: { required: ["owner"] }, type: type.managedDatabase, props: {}, makes: "finding" },
            { set: { required: ["owner", "cost-centre"] }, type: type.rdsInstance, props: { tags: { owner: "shop" } }, makes: "finding" },
        ],
    },
    "tags-copied": {
        cases: plainCases([type.rdsInstance, type.rdsCluster], "copyTagsToSnapshot", true, false, { absent: "finding", unknown: "waits" }),
        parameters: [],
    },
    "audit-logged": {
        cases: [
            ...(
                [
                    [type.rdsParameterGroup, "postgres17"],
                    [type.rdsClusterParameterGroup, "aurora-postgresql16"],
                ] as const
            ).map(([one, family]) => ({
                type: one,
                compliant: {
                    family,
                    parameters: [
                        { name: "log_statement", value: "ddl" },
                        { name: "log_connections", value: "1" },
                    ],
                },
                violations: [
                    { props: { family, parameters: [{ name: "log_connections", value: "1" }] }, says: /doesn't turn on log_statement$/ },
                    { props: { family, parameters: [{ name: "log_statement", value: "none" }] }, says: /log_statement and log_connections/ },
                ],
                decides: "parameters",
                absent: "finding" as const,
                unknown: "waits" as const,
            })),
            {
                type: type.cnpgCluster,
                compliant: { spec: { postgresql: { parameters: { log_statement: "ddl", log_connections: "on" } } } },
                violations: [],
                decides: "spec.postgresql.parameters",
                absent: "fine",
                unknown: "fine",
            },
        ],
        parameters: [{ set: { inClusters: true }, type: type.cnpgCluster, props: { spec: {} }, makes: "finding" }],
    },
    "logs-retained": {
        cases: plainCases([type.logGroup], "retentionInDays", 90, 3, { absent: "fine", unknown: "waits" }),
        parameters: [{ set: { minimumDays: 365 }, type: type.logGroup, props: { retentionInDays: 90 }, makes: "finding" }],
    },
    residency: {
        cases: [
            ...[type.awsProvider, type.rdsInstance, type.rdsCluster, type.rdsClusterInstance, type.mqBroker, type.replicationGroup, type.memoryDb].map(
                (one) => ({
                    type: one,
                    compliant: { region: "eu-central-1" },
                    violations: [],
                    decides: "region",
                    absent: "fine" as const,
                    unknown: "waits" as const,
                }),
            ),
            { type: type.azureServer, compliant: { location: "westeurope" }, violations: [], decides: "location", absent: "fine", unknown: "waits" },
            {
                type: type.cnpgCluster,
                compliant: { spec: { affinity: { nodeSelector: { pool: "data" } } } },
                violations: [],
                decides: "spec.affinity.nodeSelector",
                absent: "fine",
                unknown: "waits",
            },
            {
                type: type.statefulSet,
                compliant: workload({ image: "postgres:18" }, { pod: { nodeSelector: { "topology.kubernetes.io/region": "eu" } } }),
                violations: [],
                decides: "spec.template.spec.nodeSelector",
                absent: "fine",
                unknown: "waits",
            },
        ],
        parameters: [
            { set: { regions: ["eu-*"] }, type: type.rdsInstance, props: { region: "us-east-1" }, makes: "finding" },
            { set: { regions: ["eu-*"] }, type: type.awsProvider, props: { region: "ap-south-1" }, makes: "finding" },
            { set: { regions: ["eu-*"] }, type: type.rdsClusterInstance, props: { availabilityZone: "us-east-1a" }, makes: "finding" },
            { set: { regions: ["westeurope"] }, type: type.azureServer, props: { location: "eastus" }, makes: "finding" },
            {
                set: { regions: ["eu"] },
                type: type.cnpgCluster,
                props: { spec: { affinity: { nodeSelector: { "topology.kubernetes.io/region": "us" } } } },
                makes: "finding",
            },
        ],
    },
    "high-availability": {
        stack: "shop-prod",
        cases: [
            ...plainCases([type.rdsInstance], "multiAz", true, false, { absent: "finding", unknown: "waits" }),
            ...plainCases([type.mqBroker], "deploymentMode", "CLUSTER_MULTI_AZ", "SINGLE_INSTANCE", { absent: "finding", unknown: "waits" }),
            {
                type: type.replicationGroup,
                compliant: { numCacheClusters: 2, automaticFailoverEnabled: true, multiAzEnabled: true },
                violations: [
                    { props: { numCacheClusters: 1 }, says: /one node/ },
                    { props: { numCacheClusters: 2, automaticFailoverEnabled: true }, says: /multiAzEnabled is not set/ },
                ],
                decides: "numCacheClusters",
                absent: "finding",
                unknown: "waits",
            },
            ...(
                [
                    [type.cnpgCluster, "instances", 3, 1],
                    [type.rabbitmqCluster, "replicas", 3, 1],
                ] as const
            ).map(([one, path, good, bad]) => ({
                type: one,
                compliant: { spec: { [path]: good } },
                violations: [{ props: { spec: { [path]: bad } }, says: new RegExp(`spec.${path} is ${bad}`) }],
                decides: `spec.${path}`,
                absent: "finding" as const,
                unknown: "waits" as const,
            })),
            {
                type: type.azureServer,
                compliant: { highAvailability: { mode: "ZoneRedundant" } },
                violations: [{ props: { highAvailability: { mode: "Disabled" } }, says: /mode is "Disabled"/ }],
                decides: "highAvailability.mode",
                absent: "finding",
                unknown: "waits",
            },
        ],
        parameters: [{ set: { stacks: ["live"] }, type: type.rdsInstance, props: {}, stack: "live", makes: "finding" }],
    },
    "production-durability": {
        stack: "prod",
        cases: plainCases(type.managedServices, "durability", "standard", "ephemeral", { absent: "fine", unknown: "waits" }),
        parameters: [{ set: { stacks: ["live"] }, type: type.managedQueue, props: { durability: "ephemeral" }, stack: "live", makes: "finding" }],
    },
    "production-backend": {
        stack: "prod",
        cases: plainCases(type.managedServices, "backend", "kubernetes", "local", { absent: "fine", unknown: "waits" }),
        parameters: [{ set: { stacks: ["live"] }, type: type.managedCache, props: { backend: "local" }, stack: "live", makes: "finding" }],
    },
    "quorum-odd": {
        cases: [
            {
                type: type.rabbitmqCluster,
                compliant: { spec: { replicas: 3 } },
                violations: [{ props: { spec: { replicas: 2 } }, says: /spec.replicas is 2/ }],
                decides: "spec.replicas",
                absent: "fine",
                unknown: "waits",
            },
        ],
        parameters: [],
    },
    "unsafe-writes": { cases: [...settingCases("fsync", "on", ["off", "false"]), ...settingCases("full_page_writes", "on", ["off"])], parameters: [] },
    "data-checksums": {
        cases: [
            {
                type: type.cnpgCluster,
                compliant: { spec: { imageName: "postgresql:17.2", bootstrap: { initdb: { dataChecksums: true } } } },
                violations: [
                    { props: { spec: { imageName: "postgresql:18.4", bootstrap: { initdb: { dataChecksums: false } } } }, says: /dataChecksums is false/ },
                ],
                decides: "spec.bootstrap.initdb.dataChecksums",
                absent: "finding",
                unknown: "waits",
            },
        ],
        parameters: [],
    },
    "resources-limited": {
        cases: [
            ...[type.statefulSet, type.deployment].map((one) => ({
                type: one,
                compliant: workload({ image: "postgres:18", resources: { limits: { memory: "2Gi" } } }),
                violations: [{ props: workload({ image: "postgres:18", resources: {} }), says: /neither requests.memory nor limits.memory/ }],
                decides: `${container}.resources.limits.memory`,
                absent: "finding" as const,
                unknown: "fine" as const,
            })),
            {
                type: type.cnpgCluster,
                compliant: { spec: { resources: { requests: { memory: "2Gi" } } } },
                violations: [{ props: { spec: {} }, says: /spec.resources has neither/ }],
                decides: "spec.resources.requests.memory",
                absent: "finding",
                unknown: "fine",
            },
        ],
        parameters: [],
    },
    "changes-wait": {
        stack: "production",
        cases: plainCases([type.rdsInstance, type.rdsCluster, type.rdsClusterInstance, type.mqBroker, type.replicationGroup], "applyImmediately", false, true, {
            absent: "fine",
            unknown: "waits",
        }),
        parameters: [{ set: { stacks: ["live"] }, type: type.rdsInstance, props: { applyImmediately: true }, stack: "live", makes: "finding" }],
    },
    "major-upgrade-named": {
        cases: plainCases([type.rdsInstance, type.rdsCluster], "allowMajorVersionUpgrade", false, true, { absent: "fine", unknown: "waits" }),
        parameters: [],
    },
};
