import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Moto, startMoto } from "../../tools/emulated/moto";
import { findAll } from "../../tools/toolchain/executables";
import { RecordedAccount } from "../support/aws/account";
import { sdk } from "../support/aws/sdk";
import { RESOURCES, type ResourceToken } from "../support/aws/tokens";
import { type Upstream, type UpstreamProperty, upstream } from "../support/aws/upstream";
import { type ExportedState, type Finished, Project } from "../support/engine";

type Properties = Readonly<Record<string, UpstreamProperty>>;
type Values = Readonly<Record<string, unknown>>;

/** Types of upstream's newer SDK, which the built plugin has not. */
const absent: readonly ResourceToken[] = [
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
];

/** Texts that pulumi-aws says otherwise than its upstream, and what every resource has. */
const ignored = ["tags", "tagsAll", "id", "region", "timeouts"];

/** What upstream got after the commit that is built. */
const later: Partial<Record<ResourceToken, readonly string[]>> = { "aws:elasticache/replicationGroup:ReplicationGroup": ["authTokenWo", "authTokenWoVersion"] };

/** Stands in arguments for the ARN of the program's key. */
const KEY = "the key";

/** One resource of each service, and the changes of it that are tried. */
const services = {
    Instance: {
        make: "aws.rds.Instance",
        type: "aws:rds/instance:Instance",
        args: {
            ...{ identifier: "orders", engine: "postgres", engineVersion: "15.4", instanceClass: "db.t4g.small", allocatedStorage: 20, username: "dbadmin" },
            ...{ manageMasterUserPassword: true, dbName: "orders", storageEncrypted: true, kmsKeyId: KEY, skipFinalSnapshot: true, applyImmediately: true },
        },
        changes: [
            { allocatedStorage: 40 },
            { autoMinorVersionUpgrade: false },
            { availabilityZone: "us-east-1b" },
            { backupRetentionPeriod: 14 },
            { backupWindow: "01:00-01:30" },
            { copyTagsToSnapshot: true },
            { dbName: "another" },
            { deletionProtection: true },
            { enabledCloudwatchLogsExports: ["postgresql"] },
            { engineVersion: "16.4", allowMajorVersionUpgrade: true },
            { iamDatabaseAuthenticationEnabled: true },
            { identifier: "another" },
            { instanceClass: "db.m7g.large" },
            { maintenanceWindow: "tue:04:00-tue:05:00" },
            { multiAz: true },
            { port: 6000 },
            { publiclyAccessible: true },
            { storageEncrypted: false, kmsKeyId: undefined },
            { storageType: "io1", iops: 3000 },
            { tags: { team: "shop" } },
            { username: "another" },
        ],
    },
    Broker: {
        make: "aws.mq.Broker",
        type: "aws:mq/broker:Broker",
        args: {
            ...{ brokerName: "events", engineType: "RabbitMQ", engineVersion: "3.13", hostInstanceType: "mq.m7g.large", deploymentMode: "SINGLE_INSTANCE" },
            ...{ autoMinorVersionUpgrade: true, publiclyAccessible: false, applyImmediately: true, authenticationStrategy: "simple" },
            ...{ users: [{ username: "mqadmin", password: "a-password-of-nobody" }], encryptionOptions: { useAwsOwnedKey: false, kmsKeyId: KEY } },
        },
        changes: [
            { brokerName: "another" },
            { deploymentMode: "CLUSTER_MULTI_AZ" },
            { encryptionOptions: { useAwsOwnedKey: true } },
            { engineVersion: "4.2" },
            { hostInstanceType: "mq.m7g.xlarge" },
            { logs: { general: true } },
            { maintenanceWindowStartTime: { dayOfWeek: "TUESDAY", timeOfDay: "04:00", timeZone: "UTC" } },
            { publiclyAccessible: true },
            { securityGroups: ["sg-0a"] },
            { subnetIds: ["subnet-0b"] },
            { tags: { team: "shop" } },
            { users: [{ username: "another", password: "a-password-of-nobody" }] },
        ],
    },
    ReplicationGroup: {
        make: "aws.elasticache.ReplicationGroup",
        type: "aws:elasticache/replicationGroup:ReplicationGroup",
        args: {
            ...{ replicationGroupId: "sessions", description: "Sessions", engine: "valkey", engineVersion: "7.2", nodeType: "cache.t4g.small" },
            ...{ numCacheClusters: 2, automaticFailoverEnabled: true, multiAzEnabled: true, port: 6379, autoMinorVersionUpgrade: true, applyImmediately: true },
            ...{
                atRestEncryptionEnabled: true,
                kmsKeyId: KEY,
                transitEncryptionEnabled: true,
                snapshotRetentionLimit: 7,
                parameterGroupName: "default.valkey7",
            },
        },
        changes: [
            { atRestEncryptionEnabled: false, kmsKeyId: undefined },
            { description: "Another" },
            { engineVersion: "8.2", parameterGroupName: "default.valkey8" },
            { finalSnapshotIdentifier: "sessions-final" },
            { maintenanceWindow: "tue:04:00-tue:05:00" },
            { multiAzEnabled: false },
            { nodeType: "cache.m7g.large" },
            { numCacheClusters: 3 },
            { port: 6380 },
            { replicationGroupId: "another" },
            { securityGroupIds: ["sg-0a"] },
            { snapshotRetentionLimit: 14 },
            { snapshotWindow: "01:00-02:00" },
            { subnetGroupName: "another" },
            { tags: { team: "shop" } },
        ],
    },
} satisfies Record<string, { readonly make: string; readonly type: ResourceToken; readonly args: Values; readonly changes: readonly Values[] }>;

type Service = keyof typeof services;
const names = Object.keys(services) as Service[];

/** A program with one resource of each service, each with one change at most. */
function program(url: string | undefined, changes: Partial<Record<Service, Values>>): string {
    const endpoints = ["rds", "kms", "ec2", "sts", "iam", "secretsmanager", "mq", "elasticache", "cloudwatchlogs"]
        .map((name) => `${name}: "${url}"`)
        .join(", ");
    const emulated = `new aws.Provider("emulated", {
        region: "us-east-1", accessKey: "test", secretKey: "test", skipCredentialsValidation: true, skipRequestingAccountId: true, skipMetadataApiCheck: true,
        endpoints: [{ ${endpoints} }],
    })`;
    const made = names.map((name) => {
        const args = JSON.stringify({ ...services[name].args, ...changes[name] }).replaceAll(JSON.stringify(KEY), "key.arn");
        return `new ${services[name].make}("it", ${args}, { provider });`;
    });
    return `
import * as aws from "@pulumi/aws";
const provider = ${url === undefined ? 'new aws.Provider("recorded", { region: "us-east-1" })' : emulated};
const key = new aws.kms.Key("key", {}, { provider });
${made.join("\n")}
`;
}

describe("aws: the recording provider and its upstream", function () {
    this.timeout(30 * 60_000);
    let moto: Moto;
    let emulated: Project;
    let recorded: Project;

    before(async () => {
        moto = await startMoto(process.env.MOTO_DIRECTORY as string);
        emulated = new Project({ name: "emulated", program: program(moto.url, {}) });
        recorded = new Project({ name: "recorded", program: program(undefined, {}), env: new RecordedAccount().env });
        await makeMembers(moto.url, "sessions", 2);
        await emulated.up();
        await emulated.importState(asAsked(await emulated.exportState()));
        await recorded.up();
    });
    after(async () => {
        await recorded?.remove();
        await emulated?.remove();
        moto?.stop();
    });

    it("say the same of every property", function () {
        const plugin = findAll("pulumi-resource-aws", process.env)[0];
        if (plugin === undefined) this.skip(); // the official plugin doesn't print its schema this way
        const printed = JSON.parse(execFileSync(plugin as string, ["--properties"], { encoding: "utf8", maxBuffer: 64 << 20 })) as Record<string, Properties>;
        const found = ofEach((type) => compared(type, printed[type] ?? {}));
        const known = process.env.UPDATE_GOLDEN === "1" ? ofEach((type) => sorted({ ...byHand(type), ...found[type] })) : upstream.resources;
        if (known !== upstream.resources) {
            write({ source: upstream.source, resources: known });
        }
        assert.deepEqual(
            found,
            ofEach((type) => compared(type, known[type])),
        );
    });

    // One change of each service a run, since every run of the engine takes seconds.
    for (let round = 0; round < Math.max(...names.map((name) => services[name].changes.length)); round++) {
        const changes: Partial<Record<Service, Values>> = Object.fromEntries(
            names.filter((name) => services[name].changes[round]).map((name) => [name, services[name].changes[round]]),
        );
        it(`decide the same: ${JSON.stringify(changes, (_, value) => value ?? null)}`, async () => {
            emulated.program(program(moto.url, changes));
            recorded.program(program(undefined, changes));
            const [theirs, ours] = [await emulated.preview(), await recorded.preview()];
            for (const name of names) console.log(`      upstream: ${name} ${decision(theirs, name)}`);
            assert.deepEqual(
                names.map((name) => decision(ours, name)),
                names.map((name) => decision(theirs, name)),
            );
        });
    }
});

/** The emulator makes no members of a replication group, and upstream looks for them. */
async function makeMembers(url: string, group: string, count: number): Promise<void> {
    const authorization = "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/elasticache/aws4_request, SignedHeaders=host, Signature=0";
    for (let member = 1; member <= count; member++) {
        const id = { CacheClusterId: `${group}-00${member}`, ReplicationGroupId: group };
        const more = { Engine: "valkey", EngineVersion: "7.2", CacheNodeType: "cache.t4g.small", NumCacheNodes: "1", Port: "6379" };
        const body = new URLSearchParams({ Action: "CreateCacheCluster", Version: "2015-02-02", ...id, ...more });
        const { ok, status } = await fetch(url, { method: "POST", headers: { authorization }, body });
        assert.ok(ok, `the emulator answers ${status}`);
    }
}

/** The state of a replication group as AWS would tell it: the emulator forgets half of what it was asked for. Upstream decides by the state alone. */
function asAsked(state: ExportedState): ExportedState {
    const group = state.deployment.resources?.find(({ type }) => type.endsWith(":ReplicationGroup"));
    assert.ok(group, "there is no replication group");
    const { __defaults: _, ...asked } = group.inputs ?? {};
    const outputs = group.outputs ?? {};
    Object.assign(outputs, asked, { memberClusters: ["sessions-001", "sessions-002"] });
    delete outputs.__pulumi_raw_state_delta; // the bridge's memory of what the emulator told
    return state;
}

function ofEach<Value>(value: (type: ResourceToken) => Value): Record<ResourceToken, Value> {
    return Object.fromEntries(RESOURCES.map((type) => [type, value(type)])) as Record<ResourceToken, Value>;
}

/** A property a line, as the formatter leaves it. */
function write(updated: Upstream): void {
    const text = JSON.stringify(updated, null, 2).replace(/(^ {6}"\w+": )\{([^}]*)\}/gm, (_, name, said) => `${name}{${said.replace(/\s+/g, " ")}}`);
    writeFileSync(join(__dirname, "..", "support", "aws", "upstream.json"), `${text}\n`);
}

/** What a preview does to the resource of a service; outputs that change with it aren't compared. */
function decision({ steps }: Finished, service: Service): string {
    const { inputs = {} } = sdk().signatures[services[service].type] ?? {};
    return steps
        .filter(({ type }) => type === service)
        .map(
            ({ op, diffs }) =>
                `${op} (${diffs
                    .filter((property) => property in inputs)
                    .sort()
                    .join(", ")})`,
        )
        .join(", ");
}

/** The properties that aren't compared, as they were read by hand. */
function byHand(type: ResourceToken): Properties {
    return Object.fromEntries(Object.entries(upstream.resources[type]).filter(([name]) => !isCompared(type, name)));
}

function isCompared(type: ResourceToken, name: string): boolean {
    const { inputs = {}, outputs = {} } = sdk().signatures[type] ?? {};
    // Properties that the installed SDK doesn't know can't be asked for.
    return !absent.includes(type) && !ignored.includes(name) && !later[type]?.includes(name) && (name in inputs || name in outputs);
}

/** What is said of the properties that are compared, without what says nothing. */
function compared(type: ResourceToken, properties: Properties): Properties {
    const text = (value: unknown) => (typeof value === "string" ? value.replace("Terraform", "Pulumi") : Array.isArray(value) ? [...value].sort() : value);
    const entries = Object.entries(properties)
        .filter(([name]) => isCompared(type, name))
        .map(([name, property]) => {
            const said = Object.entries(property).filter(
                ([key, value]) => key === "default" || (value !== false && !(Array.isArray(value) && value.length === 0)),
            );
            return [name, Object.fromEntries(said.map(([key, value]) => [key, text(value)]))] as const;
        })
        .filter(([, said]) => Object.keys(said).length > 0);
    return sorted(Object.fromEntries(entries) as Record<string, UpstreamProperty>);
}

function sorted(properties: Properties): Properties {
    return Object.fromEntries(Object.entries(properties).sort(([one], [other]) => (one < other ? -1 : 1)));
}
