import type { Broker } from "@pulumi/aws/mq/broker";
import type { Configuration } from "@pulumi/aws/mq/configuration";
import * as pulumi from "@pulumi/pulumi";
import type { Context, QueueSpec, Service, ServiceRequest } from "../../components/backend";
import type { Problem } from "../../components/validation";
import type { AwsConfig } from "./config";
import { type Groundwork, isRedundant, layGroundwork } from "./groundwork";
import { AwsQueue, keepHandle } from "./handles";
import { securityGroup } from "./network";
import { commonProblems } from "./placement";
import { configurationOf, settingProblems } from "./queue/settings";
import { bindOver } from "./remote";
import { AwsPassword } from "./resources";
import { majorsOf } from "./versions";
import { defaultWindows, startOf } from "./windows";

/** AMQP, and the management API. Both with TLS; Amazon MQ has no others. */
const ports = { amqp: 5671, management: 443 } as const;

export function queueProblems(request: ServiceRequest<AwsConfig, QueueSpec>): Problem[] {
    return [...commonProblems("queue", request), ...settingProblems(request.spec)];
}

/** RabbitMQ by Amazon MQ: one node, or a cluster of three in as many zones. */
export function provisionQueue(ctx: Context, config: AwsConfig, spec: QueueSpec): Service {
    const deploymentMode = isRedundant(spec) ? "CLUSTER_MULTI_AZ" : "SINGLE_INSTANCE";
    // A single node is in one subnet; which one can't be changed, so it is the first that was named.
    const subnetIds = isRedundant(spec) ? config.subnetIds : config.subnetIds.slice(0, 1);
    const ground = layGroundwork(ctx, config, spec, {
        choices: { administrator: "mqadmin" },
        fixed: {
            highAvailability: isRedundant(spec) ? "three nodes, as highAvailability and critical durability have" : "one node",
            subnetIds: [...subnetIds].sort().join(", "),
        },
    });
    const network = securityGroup(ground, ports.amqp, ports.management);
    const administrator = ground.choice("administrator");
    const { password } = new AwsPassword(ctx.childName("admin"), ground.name, ctx.options("support"));
    const broker = server(ground, spec, { deploymentMode, subnetIds, network: network.group.id, administrator, password });
    keepHandle(ctx, new AwsQueue(broker, network.group, ground.key));
    const host = broker.instances.apply((instances) => hostOf(instances?.[0]?.consoleUrl));
    const { bind } = bindOver(ground, {
        host,
        port: pulumi.output(ports.amqp),
        management: { host, port: ports.management },
        admin: { username: administrator, password: pulumi.secret(password) },
        path: spec.vhost,
        majors: majorsOf("queue"),
        main: broker,
        dependsOn: [broker, ...network.rules],
    });
    return {
        // Amazon's public authority signed the certificate, which every system's store has.
        endpoint: { host, port: pulumi.output(ports.amqp), tls: true, certificates: undefined, managementUri: pulumi.interpolate`https://${host}` },
        version: broker.engineVersion,
        bind,
    };
}

interface Parts {
    readonly deploymentMode: string;
    readonly subnetIds: readonly string[];
    readonly network: pulumi.Output<string>;
    readonly administrator: pulumi.Output<string>;
    readonly password: pulumi.Output<string>;
}

function server(ground: Groundwork, spec: QueueSpec, { deploymentMode, subnetIds, network, administrator, password }: Parts): Broker {
    const { Broker: MqBroker } = require("@pulumi/aws/mq/broker") as typeof import("@pulumi/aws/mq/broker");
    const { ctx, config, tags } = ground;
    const configuration = brokerConfiguration(ground, spec);
    return new MqBroker(
        ctx.childName(),
        {
            brokerName: ground.name,
            engineType: "RabbitMQ",
            engineVersion: ground.engineVersion,
            autoMinorVersionUpgrade: true,
            hostInstanceType: ground.machine,
            deploymentMode,
            publiclyAccessible: false,
            subnetIds: [...subnetIds],
            securityGroups: [network],
            encryptionOptions: { useAwsOwnedKey: false, kmsKeyId: ground.keyArn },
            authenticationStrategy: "simple",
            // The administrator alone. Amazon MQ refuses later changes of this list: users of bindings are made over the management API.
            users: [{ username: administrator, password: pulumi.secret(password) }],
            // RabbitMQ has no audit log; to ask for one is an error.
            logs: { general: true },
            maintenanceWindowStartTime: startOf(config.maintenanceWindow ?? defaultWindows.maintenance),
            applyImmediately: ground.applyImmediately,
            ...(configuration === undefined ? {} : { configuration: { id: configuration.id, revision: configuration.latestRevision } }),
            tags,
        },
        ground.options("stateful"),
    );
}

function brokerConfiguration(ground: Groundwork, spec: QueueSpec): Configuration | undefined {
    const data = configurationOf(spec);
    if (data === undefined) {
        return undefined;
    }
    const { Configuration: MqConfiguration } = require("@pulumi/aws/mq/configuration") as typeof import("@pulumi/aws/mq/configuration");
    const { ctx, engineVersion, tags } = ground;
    return new MqConfiguration(
        ctx.childName("configuration"),
        { description: `Settings of the queue ${ctx.service}`, engineType: "RabbitMQ", engineVersion, data, tags },
        ground.options("support"),
    );
}

/** The host of `https://b-….mq.<region>.amazonaws.com`, which is that of all the broker's endpoints. */
function hostOf(url: string | undefined): string {
    return url === undefined ? "" : new URL(url).hostname;
}
