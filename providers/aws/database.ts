import type { Instance } from "@pulumi/aws/rds/instance";
import type { ParameterGroup } from "@pulumi/aws/rds/parameterGroup";
import type { SubnetGroup } from "@pulumi/aws/rds/subnetGroup";
import * as pulumi from "@pulumi/pulumi";
import type { Context, DatabaseSpec, Service, ServiceRequest } from "../../components/backend";
import { isProtected } from "../../components/durability";
import { type Problem, show } from "../../components/validation";
import { authorityOf, authorityProblems } from "./authority";
import type { AwsConfig } from "./config";
import { monitoringRole } from "./database/monitoring";
import { parametersOf, settingProblems } from "./database/settings";
import { storageOf, storageProblems } from "./database/storage";
import { type Groundwork, layGroundwork } from "./groundwork";
import { AwsDatabase, keepHandle } from "./handles";
import { logGroups } from "./logs";
import { securityGroup } from "./network";
import { commonProblems } from "./placement";
import { bindOver } from "./remote";
import { majorsOf } from "./versions";
import { defaultWindows } from "./windows";

export function databaseProblems(request: ServiceRequest<AwsConfig, DatabaseSpec>): Problem[] {
    return [
        ...commonProblems("database", request),
        ...nameProblems(request.spec),
        ...settingProblems(request.spec),
        ...storageProblems(request),
        ...authorityProblems(request),
        ...secretsManagerProblems(request.configPath),
    ];
}

function nameProblems({ databaseName }: DatabaseSpec): Problem[] {
    return ["postgres", "template0", "template1", "rdsadmin"].includes(databaseName)
        ? [{ property: "databaseName", reason: `${show(databaseName)} is the server's own. Choose another.` }]
        : [];
}

/** The administrator's password is in Secrets Manager and nowhere else; whoever makes users has to read it there. */
function secretsManagerProblems(property: string): Problem[] {
    try {
        require.resolve("@aws-sdk/client-secrets-manager");
        return [];
    } catch {
        return [
            {
                property,
                reason: 'databases need @aws-sdk/client-secrets-manager, which is not installed. Run: npm install "@aws-sdk/client-secrets-manager@^3.600.0"',
            },
        ];
    }
}

/** PostgreSQL by RDS. */
export function provisionDatabase(ctx: Context, config: AwsConfig, spec: DatabaseSpec): Service {
    const ground = layGroundwork(ctx, config, spec, {
        // "postgres" and "admin" are the first names that are tried; 5432 is the first port.
        choices: { administrator: "dbadmin", port: "5433" },
    });
    const port = config.port === undefined ? ground.choice("port").apply(Number) : pulumi.output(config.port);
    const network = securityGroup(ground, port);
    const subnets = subnetGroup(ground);
    const parameters = parameterGroup(ground, spec);
    const instance = server(ground, spec, { network: network.group.id, subnets: subnets.name, parameters: parameters.name, port });
    keepHandle(ctx, new AwsDatabase(instance, parameters, subnets, network.group, ground.key));
    const { bind } = bindOver(ground, {
        host: instance.address,
        port: instance.port,
        admin: {
            secretArn: instance.masterUserSecrets.apply((secrets) => secrets?.[0]?.secretArn as string),
            region: ground.account.region,
            profile: config.profile,
        },
        path: spec.databaseName,
        majors: majorsOf("database"),
        main: instance,
        dependsOn: [instance, ...network.rules],
    });
    const certificates = authorityOf(config);
    if (certificates === undefined && process.env.NODE_EXTRA_CA_CERTS === undefined) {
        pulumi.log.warn(
            `the database "${ctx.service}" will have a certificate of Amazon's own authority for RDS, which is in no system's store: set certificateAuthority, or users can't be made.`,
            instance,
        );
    }
    return {
        endpoint: {
            host: instance.address,
            port: instance.port,
            tls: true,
            certificates: certificates === undefined ? undefined : pulumi.output(certificates),
        },
        version: instance.engineVersionActual,
        bind,
    };
}

function subnetGroup(ground: Groundwork): SubnetGroup {
    const { SubnetGroup: Group } = require("@pulumi/aws/rds/subnetGroup") as typeof import("@pulumi/aws/rds/subnetGroup");
    const { ctx, config, tags } = ground;
    return new Group(
        ctx.childName("subnets"),
        { description: `Subnets of the database ${ctx.service}`, subnetIds: config.subnetIds, tags },
        ground.options("support"),
    );
}

function parameterGroup(ground: Groundwork, spec: DatabaseSpec): ParameterGroup {
    const { ParameterGroup: Group } = require("@pulumi/aws/rds/parameterGroup") as typeof import("@pulumi/aws/rds/parameterGroup");
    const { ctx, version, tags } = ground;
    return new Group(
        ctx.childName("parameters"),
        {
            description: `Settings of the database ${ctx.service}`,
            family: pulumi.interpolate`postgres${version}`,
            parameters: parametersOf(spec).map((parameter) => ({ ...parameter })),
            tags,
        },
        ground.options("support"),
    );
}

interface Parts {
    readonly network: pulumi.Output<string>;
    readonly subnets: pulumi.Output<string>;
    readonly parameters: pulumi.Output<string>;
    readonly port: pulumi.Output<number>;
}

function server(ground: Groundwork, spec: DatabaseSpec, { network, subnets, parameters, port }: Parts): Instance {
    const { Instance: RdsInstance } = require("@pulumi/aws/rds/instance") as typeof import("@pulumi/aws/rds/instance");
    const { ctx, config, keyArn, name, tags, applyImmediately } = ground;
    const kept = isProtected(ctx.durability);
    const logs = logGroups(ground, "/aws/rds/instance", ["postgresql", "upgrade"]);
    return new RdsInstance(
        ctx.childName(),
        {
            identifier: name,
            engine: "postgres",
            // The major version alone: RDS applies minor ones in the maintenance window, and nothing here moves it back.
            engineVersion: ground.engineVersion,
            autoMinorVersionUpgrade: true,
            allowMajorVersionUpgrade: spec.allowMajorUpgrade,
            engineLifecycleSupport: "open-source-rds-extended-support-disabled",
            instanceClass: ground.machine,
            multiAz: ground.redundant,
            ...storageOf(config, spec),
            storageType: "gp3",
            storageEncrypted: true,
            kmsKeyId: keyArn,
            username: ground.choice("administrator"),
            // Secrets Manager makes and rotates the password; it is never in the state.
            manageMasterUserPassword: true,
            masterUserSecretKmsKeyId: keyArn,
            iamDatabaseAuthenticationEnabled: true,
            port,
            publiclyAccessible: false,
            dbSubnetGroupName: subnets,
            vpcSecurityGroupIds: [network],
            parameterGroupName: parameters,
            backupRetentionPeriod: backupDays(config, spec),
            backupWindow: config.backupWindow ?? defaultWindows.backup,
            maintenanceWindow: config.maintenanceWindow ?? defaultWindows.maintenance,
            copyTagsToSnapshot: true,
            deleteAutomatedBackups: !kept,
            deletionProtection: config.deletionProtection ?? kept,
            skipFinalSnapshot: !kept,
            ...(kept ? { finalSnapshotIdentifier: pulumi.interpolate`${name}-final` } : {}),
            enabledCloudwatchLogsExports: Object.keys(logs),
            monitoringInterval: 60,
            monitoringRoleArn: monitoringRole(ground),
            performanceInsightsEnabled: true,
            performanceInsightsKmsKeyId: keyArn,
            performanceInsightsRetentionPeriod: 7,
            databaseInsightsMode: "standard",
            applyImmediately,
            tags,
        },
        ground.options("stateful", { dependsOn: Object.values(logs) }),
    );
}

/** Days that one can go back to. */
function backupDays({ backupRetentionDays }: AwsConfig, { durability, pointInTimeRecovery }: DatabaseSpec): number {
    return backupRetentionDays ?? { ephemeral: pointInTimeRecovery ? 7 : 1, standard: 7, critical: 35 }[durability];
}
