import * as type from "../../policies/types";
import type { RuleCase } from "./case";
import { container, plainCases, settingCases, workload } from "./shapes";

const long = "correct-horse-battery-staple";
const service = (spec: object) => ({ spec: { ports: [{ port: 5432, targetPort: 5432 }], ...spec } });

export const security: Readonly<Record<string, RuleCase>> = {
    "storage-encrypted": {
        cases: [
            ...plainCases([type.rdsInstance, type.rdsCluster], "storageEncrypted", true, false, { absent: "finding", unknown: "waits" }),
            ...plainCases([type.replicationGroup], "atRestEncryptionEnabled", true, false, { absent: "finding", unknown: "waits" }, { engine: "redis" }),
            ...plainCases([type.replicationGroup], "atRestEncryptionEnabled", true, false, { absent: "fine", unknown: "waits" }, { engine: "valkey" }),
        ],
        parameters: [],
    },
    "customer-managed-key": {
        cases: [
            ...plainCases([type.rdsInstance, type.rdsCluster, type.replicationGroup], "kmsKeyId", "arn:key", "", { absent: "finding", unknown: "fine" }),
            ...plainCases([type.memoryDb], "kmsKeyArn", "arn:key", "", { absent: "finding", unknown: "fine" }),
            {
                type: type.mqBroker,
                compliant: { encryptionOptions: { kmsKeyId: "arn:key", useAwsOwnedKey: false } },
                violations: [{ props: { encryptionOptions: { useAwsOwnedKey: true } }, says: /^encryptionOptions.kmsKeyId is not set/ }],
                decides: "encryptionOptions.kmsKeyId",
                absent: "finding",
                unknown: "fine",
            },
        ],
        parameters: [],
    },
    "database-tls": {
        cases: [
            {
                type: type.rdsParameterGroup,
                compliant: { family: "postgres14", parameters: [{ name: "rds.force_ssl", value: "1" }] },
                violations: [
                    { props: { family: "postgres14", parameters: [] }, says: /no rds.force_ssl, which means 0 in the family postgres14/ },
                    { props: { family: "postgres17", parameters: [{ name: "rds.force_ssl", value: "0" }] }, says: /rds.force_ssl = "0"/ },
                ],
                decides: "parameters",
                absent: "finding",
                unknown: "waits",
            },
            {
                type: type.rdsParameterGroup,
                compliant: { family: "postgres17", parameters: [] },
                violations: [{ props: { family: "postgres16", parameters: [{ name: "rds.force_ssl", value: "0" }] }, says: /rds.force_ssl/ }],
                decides: "parameters",
                absent: "fine",
                unknown: "waits",
            },
            {
                type: type.rdsClusterParameterGroup,
                compliant: { family: "aurora-postgresql16", parameters: [{ name: "rds.force_ssl", value: "1" }] },
                violations: [{ props: { family: "aurora-postgresql16" }, says: /which means 0/ }],
                decides: "parameters",
                absent: "finding",
                unknown: "waits",
            },
            {
                type: type.cnpgCluster,
                compliant: { spec: { postgresql: { pg_hba: ["hostnossl all all all reject", "hostssl all all all scram-sha-256"] } } },
                violations: [
                    { props: { spec: { instances: 1 } }, says: /no line that refuses connections without TLS/ },
                    {
                        props: { spec: { postgresql: { pg_hba: ["host all all all md5", "hostnossl all all all reject"] } } },
                        says: /in line 1, before it refuses/,
                    },
                ],
                decides: "spec.postgresql.pg_hba",
                absent: "finding",
                unknown: "waits",
            },
        ],
        parameters: [],
    },
    "queue-tls": {
        cases: [
            {
                type: type.rabbitmqCluster,
                compliant: { spec: { tls: { secretName: "tls", disableNonTLSListeners: true } } },
                violations: [
                    { props: { spec: {} }, says: /no TLS at all/ },
                    { props: { spec: { tls: { secretName: "tls", disableNonTLSListeners: false } } }, says: /disableNonTLSListeners is false/ },
                ],
                decides: "spec.tls.disableNonTLSListeners",
                absent: "finding",
                unknown: "waits",
            },
        ],
        parameters: [],
    },
    "cache-tls": {
        cases: [
            ...plainCases([type.replicationGroup], "transitEncryptionEnabled", true, false, { absent: "finding", unknown: "waits" }),
            {
                type: type.replicationGroup,
                compliant: { transitEncryptionEnabled: true, transitEncryptionMode: "required" },
                violations: [{ props: { transitEncryptionEnabled: true, transitEncryptionMode: "preferred" }, says: /transitEncryptionMode is "preferred"/ }],
                decides: "transitEncryptionMode",
                absent: "fine",
                unknown: "waits",
            },
            ...plainCases([type.memoryDb], "tlsEnabled", true, false, { absent: "fine", unknown: "waits" }),
        ],
        parameters: [],
    },
    "tls-version": {
        cases: [
            ...settingCases("ssl_min_protocol_version", "TLSv1.2", ["TLSv1", "TLSv1.1"]),
            ...settingCases("tls-protocols", "TLSv1.2 TLSv1.3", ["TLSv1.1 TLSv1.2"]),
        ],
        parameters: [],
    },
    "database-password-hash": { cases: settingCases("password_encryption", "scram-sha-256", ["md5"]), parameters: [] },
    "database-own-parameters": {
        cases: [
            ...plainCases([type.rdsInstance], "parameterGroupName", "orders", "default.postgres17", { absent: "finding", unknown: "fine" }),
            ...plainCases([type.rdsCluster], "dbClusterParameterGroupName", "orders", "default.aurora-postgresql16", { absent: "finding", unknown: "fine" }),
        ],
        parameters: [],
    },
    "no-public-access": {
        cases: [
            ...plainCases([type.rdsInstance, type.rdsClusterInstance, type.mqBroker], "publiclyAccessible", false, true, { absent: "fine", unknown: "waits" }),
            {
                type: type.azureServer,
                compliant: { network: { publicNetworkAccess: "Disabled" } },
                violations: [
                    { props: { network: { publicNetworkAccess: "Enabled" } }, says: /publicNetworkAccess is "Enabled"/ },
                    { props: {}, says: /not set, which means Enabled/ },
                ],
                decides: "network.publicNetworkAccess",
                absent: "finding",
                unknown: "waits",
            },
            {
                type: type.zalandoPostgresql,
                compliant: { spec: { enableMasterLoadBalancer: false } },
                violations: [
                    { props: { spec: { enableMasterLoadBalancer: true, enableReplicaLoadBalancer: true } }, says: /enableMasterLoadBalancer is true/ },
                ],
                decides: "spec.enableMasterLoadBalancer",
                absent: "fine",
                unknown: "waits",
            },
            ...[type.klutchPostgresql, type.a8sPostgresql].map((one) => ({
                type: one,
                compliant: { spec: { expose: "Internal" } },
                violations: [{ props: { spec: { expose: "LoadBalancer" } }, says: /spec.expose is "LoadBalancer"/ }],
                decides: "spec.expose",
                absent: "fine" as const,
                unknown: "waits" as const,
            })),
        ],
        parameters: [],
    },
    "no-public-service": {
        cases: [
            {
                type: type.service,
                compliant: service({ type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/8"] }),
                violations: [
                    { props: service({ type: "LoadBalancer" }), says: /means every address/ },
                    {
                        props: service({ type: "LoadBalancer", loadBalancerSourceRanges: ["10.0.0.0/8", "0.0.0.0/0"] }),
                        says: /"0.0.0.0\/0", which is every address/,
                    },
                    { props: service({ type: "NodePort" }), says: /isn't "Local"/ },
                ],
                decides: "spec.loadBalancerSourceRanges",
                absent: "finding",
                unknown: "waits",
            },
            {
                type: type.rabbitmqCluster,
                compliant: { spec: { service: { type: "ClusterIP" } } },
                violations: [{ props: { spec: { service: { type: "LoadBalancer" } } }, says: /spec.service.type is "LoadBalancer"/ }],
                decides: "spec.service.type",
                absent: "fine",
                unknown: "waits",
            },
            {
                type: type.cnpgCluster,
                compliant: { spec: { managed: { services: { additional: [{ serviceTemplate: { spec: { type: "ClusterIP" } } }] } } } },
                violations: [
                    {
                        props: { spec: { managed: { services: { additional: [{ serviceTemplate: { spec: { type: "LoadBalancer" } } }] } } } },
                        says: /serviceTemplate.spec.type is "LoadBalancer"/,
                    },
                ],
                decides: "spec.managed.services.additional",
                absent: "fine",
                unknown: "waits",
            },
        ],
        parameters: [],
    },
    "ingress-not-from-everywhere": {
        cases: [
            {
                type: type.securityGroup,
                compliant: {
                    ingress: [
                        { protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: ["10.0.0.0/16"] },
                        { protocol: "tcp", fromPort: 443, toPort: 443, cidrBlocks: ["0.0.0.0/0"] },
                    ],
                },
                violations: [
                    {
                        props: { ingress: [{ protocol: "tcp", fromPort: 5432, toPort: 5432, cidrBlocks: ["0.0.0.0/0"] }] },
                        says: /ingress.0.cidrBlocks lets "0.0.0.0\/0", which is everyone, to port 5432/,
                    },
                    {
                        props: { ingress: [{ protocol: "-1", fromPort: 0, toPort: 0, ipv6CidrBlocks: ["::/0"] }] },
                        says: /"::\/0", which is everyone, to every port/,
                    },
                ],
                decides: "ingress",
                absent: "fine",
                unknown: "waits",
            },
            {
                type: type.securityGroupRule,
                compliant: { type: "ingress", protocol: "tcp", fromPort: 6379, toPort: 6379, cidrBlocks: ["10.0.0.0/16"] },
                violations: [{ props: { type: "ingress", protocol: "tcp", fromPort: 6000, toPort: 7000, cidrBlocks: ["0.0.0.0/0"] }, says: /to port 6432/ }],
                decides: "cidrBlocks",
                absent: "fine",
                unknown: "waits",
            },
            {
                type: type.ingressRule,
                compliant: { ipProtocol: "tcp", fromPort: 5671, toPort: 5671, cidrIpv4: "10.0.0.0/16" },
                violations: [{ props: { ipProtocol: "-1", cidrIpv4: "0.0.0.0/0" }, says: /every port/ }],
                decides: "cidrIpv4",
                absent: "fine",
                unknown: "waits",
            },
            {
                type: type.azureFirewallRule,
                compliant: { startIpAddress: "10.0.0.1", endIpAddress: "10.0.0.9" },
                violations: [{ props: { startIpAddress: "0.0.0.0", endIpAddress: "255.255.255.255" }, says: /every address/ }],
                decides: "startIpAddress",
                absent: "fine",
                unknown: "waits",
            },
            {
                type: type.networkPolicy,
                compliant: { spec: { ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 5432 }] }] } },
                violations: [
                    { props: { spec: { ingress: [{ ports: [{ port: 5432 }] }] } }, says: /from is not set, which means everyone/ },
                    { props: { spec: { ingress: [{ from: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [{ port: 5671 }] }] } }, says: /ipBlock "0.0.0.0\/0"/ },
                ],
                decides: "spec.ingress.0.from",
                absent: "finding",
                unknown: "waits",
            },
        ],
        parameters: [],
    },
    "private-subnets": {
        cases: [
            ...plainCases([type.rdsInstance, type.rdsCluster], "dbSubnetGroupName", "private", "default", { absent: "finding", unknown: "fine" }),
            ...plainCases([type.replicationGroup, type.memoryDb], "subnetGroupName", "private", "default", { absent: "finding", unknown: "fine" }),
            ...plainCases([type.mqBroker], "subnetIds", ["subnet-1"], "", { absent: "finding", unknown: "fine" }),
        ],
        parameters: [],
    },
    "no-default-users": {
        cases: [
            ...plainCases([type.rdsInstance, ...type.boundUsers], "username", "shop", "Postgres", { absent: "fine", unknown: "fine" }),
            ...plainCases([type.rdsCluster], "masterUsername", "shop", "admin", { absent: "fine", unknown: "fine" }),
            ...plainCases([type.postgresqlRole], "name", "shop", "root", { absent: "fine", unknown: "fine" }),
            ...plainCases([type.cacheUser], "userName", "shop", "default", { absent: "fine", unknown: "fine" }, { accessString: "on ~* +@all" }),
            {
                type: type.mqBroker,
                compliant: { users: [{ username: "operations" }] },
                violations: [{ props: { users: [{ username: "operations" }, { username: "guest" }] }, says: /users.1.username makes the user "guest"/ }],
                decides: "users.0.username",
                absent: "fine",
                unknown: "fine",
            },
            {
                type: type.rabbitmqCluster,
                compliant: { spec: { rabbitmq: { additionalConfig: "default_user = operations\n" } } },
                violations: [{ props: { spec: { rabbitmq: { additionalConfig: "default_user = guest\n" } } }, says: /default_user makes the user "guest"/ }],
                decides: "spec.rabbitmq.additionalConfig",
                absent: "fine",
                unknown: "fine",
            },
            {
                type: type.zalandoPostgresql,
                compliant: { spec: { users: { shop: [] } } },
                violations: [{ props: { spec: { users: { admin: [] } } }, says: /makes the user "admin"/ }],
                decides: "spec.users",
                absent: "fine",
                unknown: "waits",
            },
            ...[type.statefulSet, type.deployment].map((one) => ({
                type: one,
                compliant: workload({ image: "postgres:18", env: [{ name: "POSTGRES_USER", value: "shop" }] }),
                violations: [
                    { props: workload({ image: "postgres:18", env: [{ name: "POSTGRES_USER", value: "admin" }] }), says: /makes the user "admin"/ },
                    { props: workload({ image: "rabbitmq:4" }), says: /without RABBITMQ_DEFAULT_USER makes the user "guest"/ },
                ],
                decides: `${container}.env`,
                absent: "finding" as const,
                unknown: "waits" as const,
            })),
        ],
        parameters: [{ set: { names: ["shop"] }, type: type.rdsInstance, props: { username: "shop" }, makes: "finding" }],
    },
    "no-superusers": {
        cases: [
            {
                type: type.cnpgCluster,
                compliant: { spec: { enableSuperuserAccess: false, bootstrap: { initdb: { owner: "shop" } } } },
                violations: [
                    { props: { spec: { enableSuperuserAccess: true } }, says: /enableSuperuserAccess is true/ },
                    { props: { spec: { bootstrap: { initdb: { owner: "postgres" } } } }, says: /initdb.owner is "postgres"/ },
                    { props: { spec: { managed: { roles: [{ name: "shop", superuser: true }] } } }, says: /spec.managed.roles.0.superuser is true/ },
                ],
                decides: "spec.enableSuperuserAccess",
                absent: "fine",
                unknown: "waits",
            },
            {
                type: type.zalandoPostgresql,
                compliant: { spec: { users: { shop: ["createdb"] } } },
                violations: [{ props: { spec: { users: { team: ["superuser", "createdb"] } } }, says: /makes "team" a superuser/ }],
                decides: "spec.users",
                absent: "fine",
                unknown: "waits",
            },
            ...plainCases([type.postgresqlRole], "superuser", false, true, { absent: "fine", unknown: "waits" }),
        ],
        parameters: [],
    },
    "admin-password-managed": {
        cases: [
            {
                type: type.rdsInstance,
                compliant: { manageMasterUserPassword: true },
                violations: [{ props: { password: "correct-horse-battery-staple" }, says: /^password is set, and so is in the state$/ }],
                decides: "manageMasterUserPassword",
                absent: "fine",
                unknown: "fine",
            },
            {
                type: type.rdsCluster,
                compliant: { manageMasterUserPassword: true },
                violations: [{ props: { masterPassword: "correct-horse-battery-staple" }, says: /^masterPassword is set/ }],
                decides: "manageMasterUserPassword",
                absent: "fine",
                unknown: "fine",
            },
        ],
        parameters: [],
    },
    "no-weak-passwords": {
        cases: [
            ...plainCases([type.rdsInstance, type.postgresqlRole, ...type.boundUsers], "password", long, "changeMePlease", {
                absent: "fine",
                unknown: "fine",
            }),
            ...plainCases([type.rdsCluster], "masterPassword", long, "Postgres123!", { absent: "fine", unknown: "fine" }),
            ...plainCases([type.replicationGroup], "authToken", long, "aaaaaaaaaaaaaaaaa", { absent: "fine", unknown: "fine" }),
            {
                type: type.mqBroker,
                compliant: { users: [{ username: "operations", password: long }] },
                violations: [{ props: { users: [{ username: "operations", password: "xK7#short" }] }, says: /users.0.password is shorter than 12 characters/ }],
                decides: "users.0.password",
                absent: "fine",
                unknown: "fine",
            },
            {
                type: type.cacheUser,
                compliant: { passwords: [long] },
                violations: [{ props: { passwords: [long, "guest-guest"] }, says: /passwords.1 is shorter/ }],
                decides: "passwords.0",
                absent: "fine",
                unknown: "fine",
            },
            {
                type: type.secret,
                compliant: { stringData: { username: "shop", password: long }, data: { default_pass: Buffer.from(long).toString("base64") } },
                violations: [
                    { props: { stringData: { password: "password123" } }, says: /stringData.password is one of the passwords/ },
                    { props: { data: { POSTGRES_PASSWORD: Buffer.from("postgres").toString("base64") } }, says: /data.POSTGRES_PASSWORD is one of/ },
                ],
                decides: "stringData",
                absent: "fine",
                unknown: "fine",
            },
            ...[type.statefulSet, type.deployment].map((one) => ({
                type: one,
                compliant: workload({
                    image: "postgres:18",
                    env: [
                        { name: "POSTGRES_PASSWORD", valueFrom: { secretKeyRef: { name: "s", key: "password" } } },
                        { name: "OTHER_PASSWORD", value: long },
                    ],
                }),
                violations: [
                    { props: workload({ image: "postgres:18", env: [{ name: "POSTGRES_PASSWORD", value: "postgres" }] }), says: /POSTGRES_PASSWORD is one of/ },
                ],
                decides: `${container}.env.1.value`,
                absent: "fine" as const,
                unknown: "fine" as const,
            })),
        ],
        parameters: [{ set: { minimumLength: 40 }, type: type.rdsInstance, props: { password: long }, makes: "finding" }],
    },
    "no-plaintext-passwords": {
        cases: [
            ...[type.statefulSet, type.deployment].map((one) => ({
                type: one,
                compliant: workload({
                    image: "valkey/valkey:8",
                    args: ["--requirepass", "$(PASSWORD)"],
                    env: [{ name: "PASSWORD", valueFrom: { secretKeyRef: { name: "s", key: "p" } } }],
                }),
                violations: [
                    {
                        props: workload({ image: "rabbitmq:4", env: [{ name: "RABBITMQ_DEFAULT_PASS", value: long }] }),
                        says: /RABBITMQ_DEFAULT_PASS has the password itself/,
                    },
                    { props: workload({ image: "redis:7", args: ["--requirepass", long] }), says: /args has the password itself/ },
                    { props: workload({ image: "redis:7", command: ["sh", "-c", `redis-server --requirepass=${long}`] }), says: /has the password itself/ },
                ],
                decides: `${container}.env`,
                absent: "fine" as const,
                unknown: "waits" as const,
            })),
            {
                type: type.configMap,
                compliant: { data: { "redis.conf": "maxmemory 1gb\n", note: "the password is in a Secret" } },
                violations: [
                    { props: { data: { "redis.conf": `requirepass ${long}\n` } }, says: /data\["redis.conf"\] has requirepass/ },
                    { props: { data: { "rabbitmq.conf": `default_pass = ${long}\n` } }, says: /has default_pass with the password itself/ },
                ],
                decides: "data",
                absent: "fine",
                unknown: "fine",
            },
            {
                type: type.rabbitmqCluster,
                compliant: { spec: { rabbitmq: { additionalConfig: "heartbeat = 30\n" } } },
                violations: [{ props: { spec: { rabbitmq: { additionalConfig: `default_pass = ${long}\n` } } }, says: /additionalConfig has default_pass/ }],
                decides: "spec.rabbitmq.additionalConfig",
                absent: "fine",
                unknown: "fine",
            },
        ],
        parameters: [],
    },
    "cache-authenticated": {
        cases: [
            ...plainCases([type.replicationGroup], "userGroupIds", ["orders"], "", { absent: "finding", unknown: "fine" }).map((one) => ({
                ...one,
                violations: [{ props: {}, says: /no users at all/ }],
            })),
            ...plainCases([type.memoryDb], "aclName", "orders", "open-access", { absent: "fine", unknown: "waits" }),
            {
                type: type.cacheUser,
                compliant: { noPasswordRequired: false, passwords: [long] },
                violations: [
                    { props: { noPasswordRequired: true }, says: /needs no password/ },
                    { props: { authenticationMode: { type: "no-password-required" } }, says: /needs no password/ },
                ],
                decides: "noPasswordRequired",
                absent: "fine",
                unknown: "waits",
            },
            ...[type.statefulSet, type.deployment].map((one) => ({
                type: one,
                compliant: workload({ image: "valkey/valkey:8", args: ["--aclfile", "/etc/valkey/users.acl"] }),
                violations: [{ props: workload({ image: "redis:7-alpine" }), says: /neither --requirepass nor --aclfile/ }],
                decides: `${container}.args`,
                absent: "finding" as const,
                unknown: "waits" as const,
            })),
        ],
        parameters: [],
    },
    "cache-user-privileges": {
        cases: plainCases([type.cacheUser], "accessString", "on ~app:* +@all -@dangerous", "on ~* +@all", { absent: "fine", unknown: "waits" }),
        parameters: [],
    },
    "key-rotated": {
        cases: [
            {
                ...(plainCases([type.kmsKey], "enableKeyRotation", true, false, { absent: "finding", unknown: "waits" })[0] as RuleCase["cases"][number]),
                violations: [
                    { props: {}, says: /enableKeyRotation is not set, which means false/ },
                    { props: { enableKeyRotation: true, rotationPeriodInDays: 2560 }, says: /rotationPeriodInDays is 2560, and 365 is the most/ },
                ],
            },
        ],
        parameters: [{ set: { maximumDays: 90 }, type: type.kmsKey, props: { enableKeyRotation: true }, makes: "finding" }],
    },
    "credentials-rotated": {
        cases: [
            ...type.boundUsers.map((one) => ({
                type: one,
                compliant: { rotation: "2026-08-01" },
                violations: [{ props: { rotation: "2026-01-01" }, says: /rotation is 2026-01-01, 242 days ago/ }],
                decides: "rotation",
                absent: "fine" as const,
                unknown: "waits" as const,
            })),
            {
                type: type.secretRotation,
                compliant: { rotationRules: { automaticallyAfterDays: 30 } },
                violations: [{ props: { rotationRules: { automaticallyAfterDays: 400 } }, says: /is 400, and 90 is the most/ }],
                decides: "rotationRules.automaticallyAfterDays",
                absent: "fine",
                unknown: "waits",
            },
        ],
        parameters: [
            { set: { maximumDays: 7 }, type: type.localUser, props: { rotation: "2026-08-01" }, makes: "finding" },
            { set: { required: true }, type: type.kubernetesUser, props: {}, makes: "finding" },
        ],
    },
    "logs-exported": {
        cases: [
            ...[type.rdsInstance, type.rdsCluster].map((one) => ({
                type: one,
                compliant: { engine: "postgres", enabledCloudwatchLogsExports: ["postgresql", "upgrade"] },
                violations: [
                    { props: { engine: "postgres" }, says: /not set, which means none/ },
                    { props: { engine: "postgres", enabledCloudwatchLogsExports: ["upgrade"] }, says: /without "postgresql"/ },
                    { props: { engine: "mysql" }, says: /not set, which means none/ },
                ],
                decides: "enabledCloudwatchLogsExports",
                absent: "finding" as const,
                unknown: "waits" as const,
            })),
            {
                type: type.mqBroker,
                compliant: { logs: { general: true } },
                violations: [{ props: { logs: { general: false } }, says: /logs.general is false/ }],
                decides: "logs.general",
                absent: "finding",
                unknown: "waits",
            },
            {
                type: type.replicationGroup,
                compliant: { logDeliveryConfigurations: [{ logType: "slow-log" }, { logType: "engine-log" }] },
                violations: [{ props: { logDeliveryConfigurations: [{ logType: "slow-log" }] }, says: /lacks engine-log/ }],
                decides: "logDeliveryConfigurations",
                absent: "finding",
                unknown: "waits",
            },
        ],
        parameters: [],
    },
    "database-monitored": {
        cases: plainCases([type.rdsInstance, type.rdsClusterInstance], "monitoringInterval", 60, 0, { absent: "finding", unknown: "waits" }),
        parameters: [],
    },
    "insights-encrypted": {
        cases: [
            ...plainCases(
                [type.rdsInstance, type.rdsClusterInstance],
                "performanceInsightsKmsKeyId",
                "arn:key",
                "",
                { absent: "finding", unknown: "fine" },
                { performanceInsightsEnabled: true },
            ),
            ...plainCases(
                [type.rdsInstance, type.rdsClusterInstance],
                "performanceInsightsEnabled",
                true,
                false,
                { absent: "finding", unknown: "waits" },
                { performanceInsightsKmsKeyId: "arn:key" },
            ),
        ],
        parameters: [],
    },
    "minor-upgrades": {
        cases: [
            ...plainCases([type.rdsInstance, type.rdsClusterInstance, type.memoryDb], "autoMinorVersionUpgrade", true, false, {
                absent: "fine",
                unknown: "waits",
            }),
            ...plainCases([type.mqBroker, type.replicationGroup], "autoMinorVersionUpgrade", true, false, { absent: "finding", unknown: "waits" }),
        ],
        parameters: [],
    },
    "iam-authentication": {
        cases: plainCases([type.rdsInstance, type.rdsCluster], "iamDatabaseAuthenticationEnabled", true, false, { absent: "finding", unknown: "waits" }),
        parameters: [],
    },
    "certificate-authority": {
        cases: plainCases([type.rdsInstance, type.rdsClusterInstance], "caCertIdentifier", "rds-ca-rsa2048-g1", "rds-ca-2019", {
            absent: "fine",
            unknown: "fine",
        }),
        parameters: [],
    },
    "pods-restricted": {
        cases: [type.statefulSet, type.deployment].map((one) => ({
            type: one,
            compliant: workload(
                { image: "postgres:18", securityContext: { allowPrivilegeEscalation: false } },
                { pod: { securityContext: { runAsNonRoot: true } } },
            ),
            violations: [
                {
                    props: workload({ image: "postgres:18", securityContext: { runAsNonRoot: true } }),
                    says: /allowPrivilegeEscalation is not set, which means true/,
                },
                { props: workload({ image: "redis:7", securityContext: { allowPrivilegeEscalation: false } }), says: /runAsNonRoot is not set/ },
            ],
            decides: `${container}.securityContext.allowPrivilegeEscalation`,
            absent: "finding",
            unknown: "waits",
        })),
        parameters: [],
    },
    "cache-protected-mode": {
        cases: [...settingCases("protected-mode", "yes", ["no"]), ...settingCases("enable-debug-command", "no", ["yes"])],
        parameters: [],
    },
};
