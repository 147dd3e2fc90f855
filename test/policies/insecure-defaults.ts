import * as type from "../../policies/types";
import type { Props } from "./case";
import { workload } from "./shapes";

/** One resource of a program. */
export interface Planned {
    readonly type: string;
    readonly name: string;
    readonly props: Props;
    readonly protect?: boolean;
}

/** What a platform makes by default, as its published source says; the rules that must find it; and the same, mended. */
export interface InsecureDefault {
    readonly where: string;
    readonly source: string;
    readonly shipped: readonly Planned[];
    readonly found: readonly string[];
    readonly mended: readonly Planned[];
    /** Defaults of the same place that no resource shows. */
    readonly unseen?: string;
}

/** In the place of a password; no message may hold it. */
export const secret = "never-to-be-shown-4711";

const tags = { owner: "shop" };

/** An instance with nothing to find in any stack. */
export const goodInstance: Props = {
    ...{ engine: "postgres", engineVersion: "17", instanceClass: "db.m7g.large", allocatedStorage: 100, storageType: "gp3" },
    ...{ storageEncrypted: true, kmsKeyId: "arn:aws:kms:eu-west-1:123456789012:key/own", username: "shopadmin", manageMasterUserPassword: true },
    ...{ parameterGroupName: "shop", dbSubnetGroupName: "private", publiclyAccessible: false, multiAz: true, deletionProtection: true },
    ...{ skipFinalSnapshot: false, finalSnapshotIdentifier: "shop-final", deleteAutomatedBackups: false, backupRetentionPeriod: 14, copyTagsToSnapshot: true },
    ...{ enabledCloudwatchLogsExports: ["postgresql", "upgrade"], monitoringInterval: 60, monitoringRoleArn: "arn:aws:iam::123456789012:role/monitoring" },
    ...{ performanceInsightsEnabled: true, performanceInsightsKmsKeyId: "arn:aws:kms:eu-west-1:123456789012:key/own" },
    ...{ iamDatabaseAuthenticationEnabled: true, engineLifecycleSupport: "open-source-rds-extended-support-disabled", applyImmediately: false, tags },
};

/** An instance as somebody writes it who sets only what must be set. */
const bareInstance: Props = { engine: "postgres", engineVersion: "17", instanceClass: "db.t3.micro", allocatedStorage: 20, dbName: "shop" };

const openGroup = {
    type: type.securityGroup,
    props: { tags, description: "clients", ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: ["0.0.0.0/0"] }] },
};
const closedGroup = {
    type: type.securityGroup,
    props: { tags, description: "clients", ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: ["10.0.0.0/16"] }] },
};

const restricted = { securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false }, resources: { limits: { memory: "1Gi" } } };
const volume = { spec: { volumeClaimTemplates: [{ metadata: { name: "data" } }] } };
const fromSecret = (name: string) => ({ name, valueFrom: { secretKeyRef: { name: "data", key: "password" } } });

export const insecureDefaults: readonly InsecureDefault[] = [
    {
        where: "Kusion, PostgreSQL on AWS",
        source: "modules/postgres/src/{postgres,aws_rds}.go",
        shipped: [
            { ...openGroup, name: "kusion-network" },
            {
                type: type.rdsInstance,
                name: "kusion",
                props: { ...bareInstance, username: "kusionstack", password: secret, publiclyAccessible: true, skipFinalSnapshot: true },
            },
        ],
        found: ["ingress-not-from-everywhere", "no-public-access", "final-snapshot", "storage-encrypted", "deletion-protected", "backups-retained"],
        mended: [
            { ...closedGroup, name: "kusion-network" },
            { type: type.rdsInstance, name: "kusion", props: goodInstance },
        ],
    },
    {
        where: "Radius, PostgreSQL on Azure",
        source: "recipe-packs/azure/aks-recipepack.bicep:182-217",
        shipped: [
            {
                type: type.azureServer,
                name: "radius",
                props: { location: "westeurope", network: { publicNetworkAccess: "Enabled" }, highAvailability: { mode: "Disabled" } },
            },
            { type: type.azureFirewallRule, name: "radius-all", props: { startIpAddress: "0.0.0.0", endIpAddress: "255.255.255.255" } },
        ],
        found: ["no-public-access", "ingress-not-from-everywhere", "high-availability"],
        mended: [
            {
                type: type.azureServer,
                name: "radius",
                props: { location: "westeurope", network: { publicNetworkAccess: "Disabled" }, highAvailability: { mode: "ZoneRedundant" } },
            },
            { type: type.azureFirewallRule, name: "radius-all", props: { startIpAddress: "10.0.0.4", endIpAddress: "10.0.0.9" } },
        ],
        unseen: "that nothing locks the server: a lock is a resource of its own",
    },
    {
        where: "Radius, Redis and PostgreSQL in Kubernetes",
        source: "Data/*/recipes/kubernetes",
        shipped: [
            { type: type.deployment, name: "radius-redis", props: workload({ image: "redis:7", ...restricted }) },
            {
                type: type.deployment,
                name: "radius-postgres",
                props: workload({ image: "postgres:16-alpine", env: [fromSecret("POSTGRES_PASSWORD")], ...restricted }),
            },
        ],
        found: ["cache-authenticated", "data-on-a-volume", "no-default-users"],
        mended: [
            { type: type.deployment, name: "radius-redis", props: workload({ image: "redis:7", args: ["--aclfile", "/etc/redis/users.acl"], ...restricted }) },
            {
                type: type.statefulSet,
                name: "radius-postgres",
                props: workload(
                    { image: "postgres:16-alpine", env: [{ name: "POSTGRES_USER", value: "shop" }, fromSecret("POSTGRES_PASSWORD")], ...restricted },
                    volume,
                ),
                protect: true,
            },
        ],
    },
    {
        where: "Radius, its older recipes on AWS",
        source: "radius recipes: aws/*.bicep",
        shipped: [{ type: type.memoryDb, name: "radius-memorydb", props: { nodeType: "db.t4g.small", aclName: "open-access" } }],
        found: ["cache-authenticated", "private-subnets", "backups-retained", "customer-managed-key", "tagged"],
        mended: [
            {
                type: type.memoryDb,
                name: "radius-memorydb",
                props: {
                    ...{ nodeType: "db.t4g.small", aclName: "shop", subnetGroupName: "private", snapshotRetentionLimit: 7, finalSnapshotName: "shop-final" },
                    ...{ kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/own", tlsEnabled: true, tags },
                },
                protect: true,
            },
        ],
        unseen: "Encrypt=false of SQL Server: it stands in the connection string of a client",
    },
    {
        where: "Kratix, RDS",
        source: "sql/aws/internal/pipelines/resource-lifecycle",
        shipped: [
            {
                type: type.rdsInstance,
                name: "kratix",
                props: { ...bareInstance, username: "kratix", password: "changeMePlease", backupRetentionPeriod: 0, skipFinalSnapshot: true },
            },
        ],
        found: ["no-weak-passwords", "admin-password-managed", "backups-retained", "final-snapshot"],
        mended: [{ type: type.rdsInstance, name: "kratix", props: goodInstance }],
    },
    {
        where: "Kratix, PostgreSQL by Zalando's operator",
        source: "promise-postgresql configure.go",
        shipped: [
            {
                type: type.zalandoPostgresql,
                name: "kratix-team",
                props: { metadata: { name: "team" }, spec: { users: { team: ["superuser", "createdb"] }, postgresql: { version: "16" } } },
            },
        ],
        found: ["no-superusers", "deletion-protected", "tagged"],
        mended: [
            {
                type: type.zalandoPostgresql,
                name: "kratix-team",
                props: { metadata: { name: "team", labels: tags }, spec: { users: { team: ["createdb"] }, postgresql: { version: "16" } } },
                protect: true,
            },
        ],
    },
    {
        where: "Cloud Service Broker, PostgreSQL on AWS",
        source: "aws-postgresql.yml, terraform/postgresql/provision/main.tf",
        shipped: [
            { ...openGroup, name: "csb-network" },
            { type: type.rdsParameterGroup, name: "csb-parameters", props: { family: "postgres14", parameters: [{ name: "rds.force_ssl", value: "0" }] } },
            {
                type: type.rdsInstance,
                name: "csb",
                props: { ...bareInstance, username: "csbadmin", password: secret, storageEncrypted: false, deletionProtection: false, skipFinalSnapshot: true },
            },
        ],
        found: ["ingress-not-from-everywhere", "database-tls", "audit-logged", "storage-encrypted", "deletion-protected", "final-snapshot"],
        mended: [
            { ...closedGroup, name: "csb-network" },
            {
                type: type.rdsParameterGroup,
                name: "csb-parameters",
                props: {
                    family: "postgres17",
                    parameters: [
                        { name: "rds.force_ssl", value: "1" },
                        { name: "log_statement", value: "ddl" },
                        { name: "log_connections", value: "1" },
                    ],
                },
            },
            { type: type.rdsInstance, name: "csb", props: goodInstance },
        ],
    },
    {
        where: "Upbound's configuration for AWS databases",
        source: "functions/sqlinstance/main.k",
        shipped: [
            {
                type: type.rdsInstance,
                name: "upbound",
                props: { ...bareInstance, username: "masteruser", password: secret, skipFinalSnapshot: true },
            },
        ],
        found: ["no-default-users", "admin-password-managed", "final-snapshot", "high-availability"],
        mended: [{ type: type.rdsInstance, name: "upbound", props: goodInstance }],
        unseen: "that applications get the master user: who uses a password isn't in the resource",
    },
    {
        where: "Klutch, a8s PostgreSQL",
        source: "composition.yaml; current_limitations.md",
        shipped: [{ type: type.a8sPostgresql, name: "klutch", props: { spec: { replicas: 3, expose: "LoadBalancer" } } }],
        found: ["no-public-access"],
        mended: [{ type: type.a8sPostgresql, name: "klutch", props: { spec: { replicas: 3, expose: "Internal" } } }],
        unseen: "that it has no TLS: the resource has no property for it",
    },
    {
        where: "Score, AMQP in Kubernetes",
        source: "zz-default.provisioners.yaml",
        shipped: [
            {
                type: type.statefulSet,
                name: "score-amqp",
                props: workload(
                    {
                        image: "rabbitmq:3-management",
                        env: [
                            { name: "RABBITMQ_DEFAULT_USER", value: "user-4711" },
                            { name: "RABBITMQ_DEFAULT_PASS", value: secret },
                        ],
                    },
                    volume,
                ),
            },
        ],
        found: ["no-plaintext-passwords", "versions-supported", "pods-restricted", "resources-limited", "deletion-protected"],
        mended: [
            {
                type: type.statefulSet,
                name: "score-amqp",
                props: workload(
                    {
                        image: "rabbitmq:4.2-management",
                        env: [{ name: "RABBITMQ_DEFAULT_USER", value: "user-4711" }, fromSecret("RABBITMQ_DEFAULT_PASS")],
                        ...restricted,
                    },
                    volume,
                ),
                protect: true,
            },
        ],
    },
    {
        where: "SST, PostgreSQL",
        source: "aws/postgres.ts:765",
        shipped: [{ type: type.rdsInstance, name: "sst", props: { ...goodInstance, skipFinalSnapshot: true, finalSnapshotIdentifier: undefined } }],
        found: ["final-snapshot"],
        mended: [{ type: type.rdsInstance, name: "sst", props: goodInstance }],
    },
];
