import * as type from "../../policies/types";
import type { RuleCase, TypeCase } from "./case";
import { plainCases } from "./shapes";

const classPaths: readonly (readonly [string, string, string])[] = [
    [type.rdsInstance, "instanceClass", "db"],
    [type.rdsClusterInstance, "instanceClass", "db"],
    [type.mqBroker, "hostInstanceType", "mq"],
    [type.replicationGroup, "nodeType", "cache"],
    [type.cacheCluster, "nodeType", "cache"],
    [type.memoryDb, "nodeType", "cache"],
];

function classCases(good: string, bad: string, says: RegExp, types = classPaths): TypeCase[] {
    return types.map(([one, path, prefix]) => ({
        type: one,
        compliant: { [path]: `${prefix}.${good}` },
        violations: [{ props: { [path]: `${prefix}.${bad}` }, says }],
        decides: path,
        absent: "fine",
        unknown: "waits",
    }));
}

const everyDevelopmentStack = { stacks: ["sandbox"] };

export const cost: Readonly<Record<string, RuleCase>> = {
    "service-ceiling": {
        cases: [
            {
                type: type.rdsInstance,
                compliant: { instanceClass: "db.t4g.micro", allocatedStorage: 20, storageType: "gp3" },
                violations: [
                    {
                        props: { instanceClass: "db.r6g.4xlarge", multiAz: true },
                        says: /2 x db.r6g.4xlarge costs about \$2625 a month by the prices of us-east-1 of \d{4}-\d\d-\d\d, and \$1000 is the ceiling/,
                    },
                    {
                        props: { instanceClass: "db.t4g.micro", storageType: "io1", allocatedStorage: 1000, iops: 20_000 },
                        says: /1 x db.t4g.micro and storage costs about \$2137/,
                    },
                ],
                decides: "instanceClass",
                absent: "fine",
                unknown: "waits",
            },
            ...classCases("r6g.large", "r6g.16xlarge", /costs about \$5249/, [[type.rdsClusterInstance, "instanceClass", "db"]]),
            {
                type: type.mqBroker,
                compliant: { hostInstanceType: "mq.m7g.large", deploymentMode: "CLUSTER_MULTI_AZ" },
                violations: [{ props: { hostInstanceType: "mq.m5.xlarge", deploymentMode: "CLUSTER_MULTI_AZ" }, says: /3 x mq.m5.xlarge costs about \$1261/ }],
                decides: "hostInstanceType",
                absent: "fine",
                unknown: "waits",
            },
            {
                type: type.replicationGroup,
                compliant: { nodeType: "cache.t4g.small", numCacheClusters: 2 },
                violations: [
                    { props: { nodeType: "cache.r5.4xlarge", numNodeGroups: 1, replicasPerNodeGroup: 2 }, says: /3 x cache.r5.4xlarge costs about \$3776/ },
                    // ElastiCache takes a fifth less for the same nodes with Valkey.
                    { props: { engine: "valkey", nodeType: "cache.r5.4xlarge", numCacheClusters: 3 }, says: /3 x cache.r5.4xlarge costs about \$3020/ },
                ],
                decides: "nodeType",
                absent: "fine",
                unknown: "waits",
            },
            ...classCases("m6g.large", "r5.4xlarge", /costs about \$1259/, [[type.cacheCluster, "nodeType", "cache"]]),
            // What runs on this machine costs nothing; a cluster's prices are parameters.
            ...type.managedServices.map((one) => ({
                type: one,
                compliant: { backend: "local", size: "xlarge" },
                violations: [],
                decides: "backend",
                absent: "fine" as const,
                unknown: "waits" as const,
            })),
        ],
        parameters: [
            { set: { ceiling: 10 }, type: type.rdsInstance, props: { instanceClass: "db.t4g.micro" }, makes: "finding" },
            { set: { ceiling: 500 }, type: type.mqBroker, props: { hostInstanceType: "mq.m7g.large", deploymentMode: "CLUSTER_MULTI_AZ" }, makes: "finding" },
            { set: { unknown: "report" }, type: type.rdsInstance, props: { instanceClass: "db.z99.large" }, makes: "finding" },
            { set: { unknown: "report" }, type: type.managedDatabase, props: { backend: "kubernetes", size: "small" }, makes: "finding" },
            {
                set: { cluster: { cpu: 25, memoryGb: 4, storageGb: 0.1 }, ceiling: 100 },
                type: type.managedDatabase,
                props: { backend: "kubernetes", size: "small", durability: "critical" },
                makes: "finding",
            },
        ],
    },
    "oversized-class": {
        stack: "dev",
        cases: [
            ...classCases("t4g.small", "m7g.2xlarge", /of 8 cores, and 2 are the most in the stack "dev"/),
            ...plainCases(type.managedServices, "size", "small", "xlarge", { absent: "fine", unknown: "waits" }),
        ],
        parameters: [
            { set: everyDevelopmentStack, type: type.managedCache, props: { size: "xlarge" }, stack: "sandbox", makes: "finding" },
            { set: { developmentCores: 1 }, type: type.rdsInstance, props: { instanceClass: "db.t4g.micro" }, stack: "dev", makes: "finding" },
            { set: { cores: 2 }, type: type.rdsInstance, props: { instanceClass: "db.m7g.xlarge" }, stack: "staging", makes: "finding" },
        ],
    },
    "idle-availability": {
        stack: "pr-7",
        cases: [
            ...plainCases([type.rdsInstance], "multiAz", false, true, { absent: "fine", unknown: "waits" }),
            ...plainCases([type.mqBroker], "deploymentMode", "SINGLE_INSTANCE", "CLUSTER_MULTI_AZ", { absent: "fine", unknown: "waits" }),
            {
                type: type.replicationGroup,
                compliant: { numCacheClusters: 1 },
                violations: [{ props: { numCacheClusters: 3 }, says: /has 3 nodes/ }],
                decides: "numCacheClusters",
                absent: "fine",
                unknown: "waits",
            },
            ...(
                [
                    [type.cnpgCluster, "instances"],
                    [type.rabbitmqCluster, "replicas"],
                ] as const
            ).map(([one, path]) => ({
                type: one,
                compliant: { spec: { [path]: 1 } },
                violations: [{ props: { spec: { [path]: 3 } }, says: new RegExp(`spec.${path} is 3`) }],
                decides: `spec.${path}`,
                absent: "fine" as const,
                unknown: "waits" as const,
            })),
            ...plainCases(type.managedServices, "durability", "standard", "critical", { absent: "fine", unknown: "waits" }, { backend: "kubernetes" }),
            ...plainCases(type.managedServices, "highAvailability", false, true, { absent: "fine", unknown: "waits" }, { backend: "kubernetes" }),
        ],
        parameters: [{ set: everyDevelopmentStack, type: type.rdsInstance, props: { multiAz: true }, stack: "sandbox", makes: "finding" }],
    },
    "old-class": {
        cases: classCases("t4g.small", "t2.small", /of an old generation/),
        parameters: [{ set: { families: ["m5"] }, type: type.rdsInstance, props: { instanceClass: "db.m5.large" }, makes: "finding" }],
    },
    "extended-support": {
        cases: plainCases(
            [type.rdsInstance, type.rdsCluster],
            "engineLifecycleSupport",
            "open-source-rds-extended-support-disabled",
            "open-source-rds-extended-support",
            {
                absent: "finding",
                unknown: "waits",
            },
        ),
        parameters: [],
    },
    "extended-support-version": {
        cases: [
            ...plainCases([type.rdsInstance], "engineVersion", "17.4", "12.20", { absent: "fine", unknown: "fine" }, { engine: "postgres" }),
            ...plainCases([type.rdsCluster], "engineVersion", "16.6", "13.9", { absent: "fine", unknown: "fine" }, { engine: "aurora-postgresql" }),
            ...plainCases([type.replicationGroup], "engineVersion", "6.2", "5.0.6", { absent: "fine", unknown: "fine" }, { engine: "redis" }),
        ],
        parameters: [
            { set: { oldest: 18 }, type: type.rdsInstance, props: { engine: "postgres", engineVersion: "17.4" }, makes: "finding" },
            { set: { oldestRedis: 7 }, type: type.replicationGroup, props: { engine: "redis", engineVersion: "6.2" }, makes: "finding" },
        ],
    },
    "logs-bounded": {
        cases: plainCases([type.logGroup], "retentionInDays", 90, 3653, { absent: "finding", unknown: "waits" }),
        parameters: [{ set: { maximumDays: 30 }, type: type.logGroup, props: { retentionInDays: 90 }, makes: "finding" }],
    },
    "backups-bounded": {
        stack: "dev",
        cases: [
            ...plainCases([type.rdsInstance, type.rdsCluster], "backupRetentionPeriod", 7, 35, { absent: "fine", unknown: "waits" }),
            ...plainCases([type.replicationGroup, type.memoryDb], "snapshotRetentionLimit", 1, 30, { absent: "fine", unknown: "waits" }),
        ],
        parameters: [
            { set: everyDevelopmentStack, type: type.rdsInstance, props: { backupRetentionPeriod: 30 }, stack: "sandbox", makes: "finding" },
            { set: { developmentDays: 1 }, type: type.rdsInstance, props: { backupRetentionPeriod: 7 }, stack: "dev", makes: "finding" },
            { set: { days: 14 }, type: type.rdsInstance, props: { backupRetentionPeriod: 30 }, stack: "prod", makes: "finding" },
        ],
    },
    "storage-type": {
        cases: plainCases([type.rdsInstance], "storageType", "gp3", "gp2", { absent: "finding", unknown: "waits" }),
        parameters: [{ set: { allowed: ["gp2", "gp3"] }, type: type.rdsInstance, props: {}, makes: "fine" }],
    },
    "provisioned-iops": {
        stack: "test",
        cases: plainCases([type.rdsInstance], "iops", 0, 12_000, { absent: "fine", unknown: "waits" }),
        parameters: [{ set: everyDevelopmentStack, type: type.rdsInstance, props: { iops: 1 }, stack: "sandbox", makes: "finding" }],
    },
    "storage-oversized": {
        stack: "dev",
        cases: [
            ...plainCases([type.rdsInstance], "allocatedStorage", 20, 500, { absent: "fine", unknown: "waits" }),
            ...plainCases(type.managedServices, "storageGb", 20, 500, { absent: "fine", unknown: "waits" }),
        ],
        parameters: [
            { set: everyDevelopmentStack, type: type.rdsInstance, props: { allocatedStorage: 500 }, stack: "sandbox", makes: "finding" },
            { set: { developmentGb: 10 }, type: type.rdsInstance, props: { allocatedStorage: 20 }, stack: "dev", makes: "finding" },
            { set: { gb: 100 }, type: type.rdsInstance, props: { allocatedStorage: 200 }, stack: "prod", makes: "finding" },
        ],
    },
    "insights-retention": {
        cases: [
            ...plainCases([type.rdsInstance, type.rdsClusterInstance], "performanceInsightsRetentionPeriod", 7, 731, { absent: "fine", unknown: "waits" }),
            ...plainCases([type.rdsInstance, type.rdsClusterInstance], "databaseInsightsMode", "standard", "advanced", { absent: "fine", unknown: "waits" }),
        ],
        parameters: [{ set: { maximumDays: 731 }, type: type.rdsInstance, props: { performanceInsightsRetentionPeriod: 731 }, makes: "fine" }],
    },
};
