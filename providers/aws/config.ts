import type { JsonSchema } from "../../components/backend";

/** The settings of the `aws` backend. Plain values; no credentials: those are where AWS's own tools look for them. */
export interface AwsConfig {
    /** The region. A change is refused: the service would start empty there. @default the config value `aws:region`, else `$AWS_REGION` */
    region?: string;
    /** The profile of AWS's shared configuration files. @default the config value `aws:profile`, else `$AWS_PROFILE` */
    profile?: string;
    /** Private subnets, in two availability zones at least for databases and for what is highly available. */
    subnetIds: string[];
    /** The VPC of the subnets. @default looked up by the first subnet */
    vpcId?: string;
    /** Addresses that may connect, such as "10.0.0.0/16". The whole internet is refused. @default none */
    allowedCidrs?: string[];
    /** Security groups whose members may connect. @default none */
    allowedSecurityGroupIds?: string[];
    /** The ARN of a key of yours that encrypts data, snapshots, logs and the administrator's secret. A change is refused. @default a key of the service's own */
    kmsKeyArn?: string;
    /** When backups are made each day, in UTC, for half an hour at least (caches: an hour). @default "02:00-03:00" */
    backupWindow?: string;
    /** When AWS may restart servers each week, in UTC, for an hour at least. @default "sun:04:00-sun:05:00" */
    maintenanceWindow?: string;
    /** Days that backups are kept, 1 to 35. @default 1 for ephemeral services, 7 for standard, 35 for critical ones */
    backupRetentionDays?: number;
    /** Days that logs are kept, one of the figures that CloudWatch knows. @default 7 for ephemeral services, else 365 */
    logRetentionDays?: number;
    /** Whether AWS itself refuses to delete a database. @default true except for ephemeral ones */
    deletionProtection?: boolean;
    /** Machines by the service's name, such as `{ orders: "db.r8g.large" }`, in place of the smallest that fits. A change restarts the service. @default none */
    instanceClasses?: { [service: string]: string };
    /** Databases: the port. A change restarts the server. @default 5433, since AWS's own checks find fault with 5432 */
    port?: number;
    /** Databases: GiB that the storage may grow to by itself. @default twice the storage asked for */
    maxStorageGb?: number;
    /**
     * Databases: the certificates of Amazon's authority of the region, as PEM text or as the absolute path of a PEM file. They are in no system's
     * store: AWS publishes them as a bundle per region. Bindings hand them on as `certificates`. @default none: clients must know them already
     */
    certificateAuthority?: string;
    /** Databases and queues: a machine through which the one that runs `up` reaches the server, over SSH. @default none: it is reached directly */
    bastion?: BastionConfig;
}

/** A machine with a way to the servers. */
export interface BastionConfig {
    host: string;
    /** @default 22 */
    port?: number;
    user: string;
    /** The machine's own public key, as `ssh-keyscan` prints it, or its fingerprint "SHA256:…". Any other machine is refused. */
    hostKey: string;
    /** The file of the private key, without a passphrase: an absolute path, or one below `~/`. Not together with `agent`. */
    privateKeyFile?: string;
    /** Logs in with the keys of the SSH agent. @default false */
    agent?: boolean;
}

/** The figures that CloudWatch Logs takes. */
export const logRetentions = [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653] as const;

const text: JsonSchema = { type: "string", minLength: 1 };

export const config: JsonSchema = {
    type: "object",
    additionalProperties: false,
    required: ["subnetIds"],
    properties: {
        region: { type: "string", pattern: "^[a-z]{2,}(-[a-z]+)+-\\d+$", description: 'a region, such as "eu-central-1"' },
        profile: text,
        subnetIds: {
            type: "array",
            minItems: 1,
            uniqueItems: true,
            items: { type: "string", pattern: "^subnet-[0-9A-Za-z]+$", description: 'the id of a subnet, such as "subnet-0a1b2c3d"' },
            description: "the private subnets of the service",
        },
        vpcId: { type: "string", pattern: "^vpc-[0-9A-Za-z]+$", description: 'the id of a VPC, such as "vpc-0a1b2c3d"' },
        // What they must be is said by placement.ts, which says it better than a pattern can.
        allowedCidrs: { type: "array", uniqueItems: true, items: { type: "string" } },
        allowedSecurityGroupIds: {
            type: "array",
            uniqueItems: true,
            items: { type: "string", pattern: "^sg-[0-9A-Za-z]+$", description: 'the id of a security group, such as "sg-0a1b2c3d"' },
        },
        kmsKeyArn: {
            type: "string",
            pattern: "^arn:aws[a-z-]*:kms:[a-z0-9-]+:\\d{12}:key/[0-9A-Za-z-]+$",
            description: 'the full ARN of a key, "arn:aws:kms:<region>:<account>:key/<id>"; an alias or an id alone would replace the service',
        },
        backupWindow: {
            type: "string",
            pattern: "^([01]\\d|2[0-3]):[0-5]\\d-([01]\\d|2[0-3]):[0-5]\\d$",
            description: 'a daily range in UTC, such as "02:00-03:00"',
        },
        maintenanceWindow: {
            type: "string",
            pattern: "^(mon|tue|wed|thu|fri|sat|sun):([01]\\d|2[0-3]):[0-5]\\d-(mon|tue|wed|thu|fri|sat|sun):([01]\\d|2[0-3]):[0-5]\\d$",
            description: 'a weekly range in UTC, such as "sun:04:00-sun:05:00"',
        },
        backupRetentionDays: { type: "integer", minimum: 1, maximum: 35 },
        logRetentionDays: { type: "integer", enum: logRetentions },
        deletionProtection: { type: "boolean" },
        instanceClasses: {
            type: "object",
            additionalProperties: {
                type: "string",
                pattern: "^(db|mq|cache)\\.[a-z0-9-]+\\.[a-z0-9]+$",
                description: 'a class of machines, such as "db.m7g.large", "mq.m7g.large" or "cache.r7g.large"',
            },
        },
        port: { type: "integer", minimum: 1150, maximum: 65535 },
        maxStorageGb: { type: "integer", minimum: 22, maximum: 65536 },
        certificateAuthority: text,
        bastion: {
            type: "object",
            additionalProperties: false,
            required: ["host", "user", "hostKey"],
            properties: {
                host: text,
                port: { type: "integer", minimum: 1, maximum: 65535 },
                user: text,
                hostKey: {
                    type: "string",
                    pattern: "^(ssh-|ecdsa-|SHA256:)",
                    description: 'the machine\'s public key, as ssh-keyscan prints it ("ssh-ed25519 AAAA..."), or its fingerprint ("SHA256:...")',
                },
                privateKeyFile: { type: "string", pattern: "^(/|~/|[A-Za-z]:\\\\)", description: "an absolute path or one below ~/" },
                agent: { type: "boolean" },
            },
        },
    },
};
