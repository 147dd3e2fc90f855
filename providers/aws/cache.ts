import type { ParameterGroup } from "@pulumi/aws/elasticache/parameterGroup";
import type { ReplicationGroup } from "@pulumi/aws/elasticache/replicationGroup";
import type { SubnetGroup } from "@pulumi/aws/elasticache/subnetGroup";
import type { UserGroup } from "@pulumi/aws/elasticache/userGroup";
import * as pulumi from "@pulumi/pulumi";
import type { CacheSpec, Context, Service, ServiceRequest } from "../../components/backend";
import { isProtected } from "../../components/durability";
import type { Problem } from "../../components/validation";
import { parametersOf, settingProblems } from "./cache/settings";
import { userGroup, userMaker } from "./cache/users";
import type { AwsConfig } from "./config";
import { type Groundwork, layGroundwork } from "./groundwork";
import { AwsCache, keepHandle } from "./handles";
import { logGroups } from "./logs";
import { securityGroup } from "./network";
import { commonProblems } from "./placement";
import { defaultWindows } from "./windows";

/** It can't be changed later, and nothing gains by another. */
const port = 6379;

export function cacheProblems(request: ServiceRequest<AwsConfig, CacheSpec>): Problem[] {
    return [...commonProblems("cache", request), ...settingProblems(request.spec)];
}

/** Valkey by ElastiCache: one primary, and a replica in another zone where it is to be highly available. */
export function provisionCache(ctx: Context, config: AwsConfig, spec: CacheSpec): Service {
    const ground = layGroundwork(ctx, config, spec, { fixed: { port: String(port) } });
    const network = securityGroup(ground, port);
    const parameters = parameterGroup(ground, spec);
    const group = userGroup(ground);
    const server = replicationGroup(ground, { network: network.group.id, parameters, group });
    keepHandle(ctx, new AwsCache(server, parameters, group, network.group, ground.key));
    return {
        endpoint: {
            host: server.primaryEndpointAddress,
            port: pulumi.output(port),
            tls: true,
            // Amazon's public authority signed the certificate, which every system's store has.
            certificates: undefined,
            ...(ground.redundant ? { readerHost: server.readerEndpointAddress } : {}),
        },
        version: server.engineVersionActual,
        bind: userMaker(ground, group, [server, ...network.rules]),
    };
}

function parameterGroup(ground: Groundwork, spec: CacheSpec): ParameterGroup {
    const { ParameterGroup: Group } = require("@pulumi/aws/elasticache/parameterGroup") as typeof import("@pulumi/aws/elasticache/parameterGroup");
    const { ctx, version, tags } = ground;
    return new Group(
        ctx.childName("parameters"),
        { description: `Settings of the cache ${ctx.service}`, family: pulumi.interpolate`valkey${version}`, parameters: parametersOf(spec), tags },
        ground.options("support"),
    );
}

function subnetGroup(ground: Groundwork): SubnetGroup {
    const { SubnetGroup: Group } = require("@pulumi/aws/elasticache/subnetGroup") as typeof import("@pulumi/aws/elasticache/subnetGroup");
    const { ctx, config, tags } = ground;
    return new Group(
        ctx.childName("subnets"),
        { description: `Subnets of the cache ${ctx.service}`, subnetIds: config.subnetIds, tags },
        ground.options("support"),
    );
}

interface Parts {
    readonly network: pulumi.Output<string>;
    readonly parameters: ParameterGroup;
    readonly group: UserGroup;
}

function replicationGroup(ground: Groundwork, { network, parameters, group }: Parts): ReplicationGroup {
    const { ReplicationGroup: Group } = require("@pulumi/aws/elasticache/replicationGroup") as typeof import("@pulumi/aws/elasticache/replicationGroup");
    const { ctx, config, name, tags, redundant } = ground;
    const kept = isProtected(ctx.durability);
    const logs = logGroups(ground, "/aws/elasticache", ["slow-log", "engine-log"]);
    return new Group(
        ctx.childName(),
        {
            replicationGroupId: name,
            description: `The cache ${ctx.service}`,
            engine: "valkey",
            engineVersion: ground.engineVersion,
            autoMinorVersionUpgrade: true,
            nodeType: ground.machine,
            numCacheClusters: redundant ? 2 : 1,
            automaticFailoverEnabled: redundant,
            multiAzEnabled: redundant,
            port,
            atRestEncryptionEnabled: true,
            kmsKeyId: ground.keyArn,
            transitEncryptionEnabled: true,
            transitEncryptionMode: "required",
            userGroupIds: [group.userGroupId],
            subnetGroupName: subnetGroup(ground).name,
            securityGroupIds: [network],
            parameterGroupName: parameters.name,
            // A throw-away cache has no snapshots: they take memory while they are made.
            snapshotRetentionLimit: config.backupRetentionDays ?? { ephemeral: 0, standard: 7, critical: 35 }[ctx.durability],
            snapshotWindow: config.backupWindow ?? defaultWindows.backup,
            ...(kept ? { finalSnapshotIdentifier: pulumi.interpolate`${name}-final` } : {}),
            maintenanceWindow: config.maintenanceWindow ?? defaultWindows.maintenance,
            logDeliveryConfigurations: Object.entries(logs).map(([logType, log]) => ({
                destination: log.name,
                destinationType: "cloudwatch-logs",
                logFormat: "json",
                logType,
            })),
            applyImmediately: ground.applyImmediately,
            tags,
        },
        ground.options("stateful"),
    );
}
