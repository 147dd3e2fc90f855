import type { SecurityGroup } from "@pulumi/aws/ec2/securityGroup";
import type { ParameterGroup as CacheParameterGroup } from "@pulumi/aws/elasticache/parameterGroup";
import type { ReplicationGroup } from "@pulumi/aws/elasticache/replicationGroup";
import type { UserGroup } from "@pulumi/aws/elasticache/userGroup";
import type { Key } from "@pulumi/aws/kms/key";
import type { Broker } from "@pulumi/aws/mq/broker";
import type { Instance } from "@pulumi/aws/rds/instance";
import type { ParameterGroup } from "@pulumi/aws/rds/parameterGroup";
import type { SubnetGroup } from "@pulumi/aws/rds/subnetGroup";
import type { ComponentResource } from "@pulumi/pulumi";
import type { Context } from "../../components/backend";

/** What every service on AWS has. */
interface AwsHandle {
    readonly securityGroup: SecurityGroup;
    /** The service's own key; undefined where the environment names one. */
    readonly key: Key | undefined;
}

/** By component. Not a field of it: every field becomes part of the schema in other languages. */
const handles = new WeakMap<object, AwsHandle>();

export function keepHandle(ctx: Context, handle: AwsHandle): void {
    handles.set(ctx.options("support").parent as ComponentResource, handle);
}

/**
 * The AWS resources behind a `ManagedDatabase`, for what this package has no argument for: an alarm, a replica, an AWS Backup plan.
 *
 * @example const instance = AwsDatabase.of(orders)?.instance;
 */
export class AwsDatabase implements AwsHandle {
    constructor(
        readonly instance: Instance,
        readonly parameterGroup: ParameterGroup,
        readonly subnetGroup: SubnetGroup,
        readonly securityGroup: SecurityGroup,
        readonly key: Key | undefined,
    ) {}

    /** Undefined where the environment places the database on another backend. */
    static of(database: ComponentResource): AwsDatabase | undefined {
        const handle = handles.get(database);
        return handle instanceof AwsDatabase ? handle : undefined;
    }
}

/** The AWS resources behind a `ManagedQueue`. */
export class AwsQueue implements AwsHandle {
    constructor(
        readonly broker: Broker,
        readonly securityGroup: SecurityGroup,
        readonly key: Key | undefined,
    ) {}

    /** Undefined where the environment places the queue on another backend. */
    static of(queue: ComponentResource): AwsQueue | undefined {
        const handle = handles.get(queue);
        return handle instanceof AwsQueue ? handle : undefined;
    }
}

/** The AWS resources behind a `ManagedCache`. */
export class AwsCache implements AwsHandle {
    constructor(
        readonly replicationGroup: ReplicationGroup,
        readonly parameterGroup: CacheParameterGroup,
        readonly userGroup: UserGroup,
        readonly securityGroup: SecurityGroup,
        readonly key: Key | undefined,
    ) {}

    /** Undefined where the environment places the cache on another backend. */
    static of(cache: ComponentResource): AwsCache | undefined {
        const handle = handles.get(cache);
        return handle instanceof AwsCache ? handle : undefined;
    }
}
