import { type RecorderOptions, type Recording, type Registration, record } from "./recorder";

/** What the resources of the `aws` backend give, of whatever kind. */
export const awsOutputs: NonNullable<RecorderOptions["outputs"]> = {
    Identity: { instanceId: "00000000" },
    AwsPassword: { password: "made-password" },
    Key: { arn: "arn:aws:kms:eu-central-1:123456789012:key/own", keyId: "own" },
    Role: { arn: "arn:aws:iam::123456789012:role/monitoring", name: "monitoring-auto" },
    // Of RDS and of nothing else here.
    Instance: {
        address: "orders.example.eu-central-1.rds.amazonaws.com",
        engineVersionActual: "18.1",
        masterUserSecrets: [{ secretArn: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:rds!db-orders" }],
    },
    Broker: { instances: [{ consoleUrl: "https://b-1.mq.eu-central-1.amazonaws.com", endpoints: ["amqps://b-1.mq.eu-central-1.amazonaws.com:5671"] }] },
    Configuration: { latestRevision: 1 },
    ReplicationGroup: {
        primaryEndpointAddress: "master.sessions.euc1.cache.amazonaws.com",
        readerEndpointAddress: "replica.sessions.euc1.cache.amazonaws.com",
        engineVersionActual: "8.2.0",
    },
    // Named by Pulumi.
    SubnetGroup: { name: "subnets-auto" },
    ParameterGroup: { name: "parameters-auto" },
    RemoteServer: { runningVersion: "18.1" },
    RemoteUser: { password: "p@ss/word" },
};

export const awsCalls: NonNullable<RecorderOptions["calls"]> = {
    getCallerIdentity: { accountId: "123456789012" },
    getPartition: { partition: "aws", dnsSuffix: "amazonaws.com" },
    getRegion: { region: "eu-central-1" },
    getSubnet: { vpcId: "vpc-1" },
};

/** Settings that are enough. */
export const awsSettings = {
    region: "eu-central-1",
    subnetIds: ["subnet-a", "subnet-b", "subnet-c"],
    allowedCidrs: ["10.0.0.0/16"],
    certificateAuthority: "-----BEGIN CERTIFICATE-----\namazon\n-----END CERTIFICATE-----\n",
};

/**
 * What a program registers in an environment with everything on the `aws` backend, sorted by name: nothing orders them but what they need.
 * `AwsInstance` answers as its provider would at the first `up`.
 */
export async function recordAws<Result>(
    program: () => Result,
    settings: object = {},
    { calls = awsCalls }: Pick<RecorderOptions, "calls"> = {},
): Promise<Recording<Awaited<Result>>> {
    const aws = { aws: { ...awsSettings, ...settings } };
    const environment = { database: aws, queue: aws, cache: aws };
    const { result, registrations } = await record(program, {
        environment,
        outputs: awsOutputs,
        derived: {
            AwsInstance: ({ base, version, newestVersion }) => ({ name: base, version: version ?? newestVersion }),
            Instance: ({ port }) => ({ port: port as number }),
        },
        calls,
    });
    const key = ({ name, type }: Registration) => `${name} ${type}`;
    return { result, registrations: [...registrations].sort((one, other) => (key(one) < key(other) ? -1 : 1)) };
}

/** The one resource of a type token's last part and, where there are several, of a logical name. */
export function resourceOf(registrations: readonly Registration[], type: string, name?: string): Registration {
    const found = registrations.filter((one) => one.type.endsWith(`:${type}`) && (name === undefined || one.name === name));
    if (found.length !== 1) {
        throw new Error(`${found.length} resources of ${type} ${name ?? ""}: ${registrations.map((one) => `${one.type}::${one.name}`).join(", ")}`);
    }
    return found[0] as Registration;
}
