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

/** By component. Not a field of it: every field becomes part of the schema in other languages. */
const handles = new WeakMap<object, AwsService>();

export function keepHandle(ctx: Context, handle: AwsService): void {
    handles.set(ctx.options("support").parent as ComponentResource, handle);
}

/** What every service on AWS has. */
abstract class AwsService {
    constructor(
        readonly securityGroup: SecurityGroup,
        /** The service's own key; undefined where the environment names one. */
        readonly key: Key | undefined,
    ) {}

    /** Undefined where the environment places the service on another backend. */
    static of<Handle extends AwsService>(this: abstract new (...args: never[]) => Handle, service: ComponentResource): Handle | undefined {
        const handle = handles.get(service);
        // biome-ignore lint/complexity/noThisInStatic: it is the class that was asked for.
        return handle instanceof this ? handle : undefined;
    }
}

/**
 * The AWS resources behind a `ManagedDatabase`, for what this package has no argument for: an alarm, a replica, an AWS Backup plan.
 *
 * @example const instance = AwsDatabase.of(orders)?.instance;
 */
export class AwsDatabase extends AwsService {
    constructor(
        readonly instance: Instance,
        readonly parameterGroup: ParameterGroup,
        readonly subnetGroup: SubnetGroup,
        securityGroup: SecurityGroup,
        key: Key | undefined,
    ) {
        super(securityGroup, key);
    }
}

/** The AWS resources behind a `ManagedQueue`. */
export class AwsQueue extends AwsService {
    constructor(
        readonly broker: Broker,
        securityGroup: SecurityGroup,
        key: Key | undefined,
    ) {
        super(securityGroup, key);
    }
}

/** The AWS resources behind a `ManagedCache`. */
export class AwsCache extends AwsService {
    constructor(
        readonly replicationGroup: ReplicationGroup,
        readonly parameterGroup: CacheParameterGroup,
        readonly userGroup: UserGroup,
        securityGroup: SecurityGroup,
        key: Key | undefined,
    ) {
        super(securityGroup, key);
    }
}
