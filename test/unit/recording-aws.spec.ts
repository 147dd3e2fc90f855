import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { ANSWERS } from "../support/aws/functions";
import { MODELS } from "../support/aws/models";
import { RecordingProvider } from "../support/aws/provider";
import { Recording } from "../support/aws/recording";
import { sdk } from "../support/aws/sdk";
import { startSecretsManager } from "../support/aws/secrets-manager";
import { FUNCTIONS, RESOURCES, type ResourceToken } from "../support/aws/tokens";
import { upstream } from "../support/aws/upstream";
import { UNKNOWN, type Value, type Values } from "../support/aws/values";

const GROUP = { securityGroupId: "sg-0123456789abcdef0", ipProtocol: "tcp", fromPort: 5432, toPort: 5432, cidrIpv4: "10.0.0.0/16" };
const KEY = "arn:aws:kms:eu-west-1:123456789012:key/one";

/** Inputs that AWS takes, of each type. */
const VALID: Readonly<Record<ResourceToken, Values>> = {
    "aws:cloudwatch/logGroup:LogGroup": { retentionInDays: 7 },
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": { policyName: "logs", policyDocument: "{}" },
    "aws:ec2/securityGroup:SecurityGroup": { description: "Clients" },
    "aws:ec2/securityGroupRule:SecurityGroupRule": {
        ...{ type: "ingress", protocol: "tcp", fromPort: 1, toPort: 2 },
        ...{ securityGroupId: "sg-0123456789abcdef0", cidrBlocks: ["10.0.0.0/16"] },
    },
    "aws:elasticache/parameterGroup:ParameterGroup": { family: "valkey8" },
    "aws:elasticache/replicationGroup:ReplicationGroup": { description: "Cache", engine: "valkey", engineVersion: "8.2", transitEncryptionEnabled: true },
    "aws:elasticache/subnetGroup:SubnetGroup": { subnetIds: ["subnet-0a"] },
    "aws:elasticache/user:User": {
        ...{ userId: "one", userName: "one", engine: "valkey", accessString: "on ~* +@all" },
        authenticationMode: { type: "password", passwords: ["correct-horse-battery"] },
    },
    "aws:elasticache/userGroup:UserGroup": { userGroupId: "group", engine: "valkey", userIds: ["one"] },
    "aws:elasticache/userGroupAssociation:UserGroupAssociation": { userGroupId: "group", userId: "one" },
    "aws:iam/role:Role": { assumeRolePolicy: "{}" },
    "aws:iam/rolePolicy:RolePolicy": { role: "monitor", policy: "{}" },
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": { role: "monitor", policyArn: "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole" },
    "aws:kms/alias:Alias": { targetKeyId: "one" },
    "aws:kms/key:Key": {},
    "aws:mq/broker:Broker": {
        ...{ engineType: "RabbitMQ", engineVersion: "4.2", hostInstanceType: "mq.m7g.medium", autoMinorVersionUpgrade: true, subnetIds: ["subnet-0a"] },
        users: [{ username: "mqadmin", password: "correct-horse-battery" }],
    },
    "aws:mq/configuration:Configuration": { engineType: "RabbitMQ", engineVersion: "4.2", data: "consumer_timeout = 60000\n" },
    "aws:rds/instance:Instance": {
        ...{ engine: "postgres", engineVersion: "17", instanceClass: "db.t4g.small", allocatedStorage: 20, username: "dbadmin" },
        ...{ password: "correct-horse-battery", storageEncrypted: true, kmsKeyId: KEY, skipFinalSnapshot: true },
    },
    "aws:rds/parameterGroup:ParameterGroup": { family: "postgres17", parameters: [{ name: "rds.force_ssl", value: "1" }] },
    "aws:rds/subnetGroup:SubnetGroup": { subnetIds: ["subnet-0a", "subnet-0b"] },
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": GROUP,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": GROUP,
};

const INSTANCE = "aws:rds/instance:Instance";
const BROKER = "aws:mq/broker:Broker";
const CACHE = "aws:elasticache/replicationGroup:ReplicationGroup";
const USER = "aws:elasticache/user:User";

describe("the recording aws provider", () => {
    let directory: string;
    let recording: Recording;
    let provider: RecordingProvider;

    beforeEach(() => {
        directory = mkdtempSync(join(tmpdir(), "recording-aws-"));
        recording = new Recording(join(directory, "account.json"));
        provider = new RecordingProvider(recording, {});
        provider.configure({}, { AWS_REGION: "eu-west-1" });
    });
    afterEach(() => rmSync(directory, { recursive: true, force: true }));

    const check = (type: string, inputs: Values, olds: Values = {}) => provider.check(type, "one", olds, inputs, "0000000");
    const problems = (type: ResourceToken, change: Values) =>
        check(type, { ...VALID[type], ...change }).failures.map(({ property, reason }) => `${property}: ${reason}`);
    const create = async (type: ResourceToken, change: Values = {}) => {
        const inputs = check(type, { ...VALID[type], ...change }).inputs;
        return { ...(await provider.create(type, `urn:pulumi:dev::shop::${type}::one`, inputs)), inputs };
    };
    const createNeeds = async () => {
        await create(USER);
        await create("aws:elasticache/userGroup:UserGroup");
        await create("aws:iam/role:Role", { name: "monitor" });
    };

    describe("knows its SDK", () => {
        it("names only types, functions and properties that the installed SDK declares", () => {
            const { signatures } = sdk();
            assert.deepEqual(Object.keys(signatures).sort(), [...RESOURCES, ...FUNCTIONS].sort());
            for (const type of RESOURCES) {
                const { inputs, outputs } = signatures[type] as NonNullable<(typeof signatures)[string]>;
                const named = Object.keys(upstream.resources[type]).filter((name) => !(name in inputs) && !(name in outputs));
                assert.deepEqual(named, [], `upstream.json, ${type}`);
                const { rules = [], name, deferred = [] } = MODELS[type];
                const ruled = [...rules.map(({ property }) => property), ...deferred, ...(name ? [name.property] : [])];
                assert.deepEqual(
                    ruled.filter((path) => !((path.split(".")[0] as string) in inputs)),
                    [],
                    `rules of ${type}`,
                );
            }
        });

        it("is read from the upstream that the emulated suite builds", () => {
            const pinned = readFileSync(join(__dirname, "..", "..", "tools", "toolchain", "go", "aws", "go.mod"), "utf8");
            assert.ok(pinned.includes(`\t${upstream.source}\n`), upstream.source);
        });

        for (const type of RESOURCES) {
            it(`gives for ${type} every output that the SDK promises, and no other`, async () => {
                if (type !== USER && type !== "aws:elasticache/userGroup:UserGroup" && type !== "aws:iam/role:Role") await createNeeds();
                const { state } = await create(type);
                const { outputs } = sdk().signatures[type] as { outputs: Record<string, boolean> };
                const promised = Object.keys(outputs).filter((name) => outputs[name]);
                assert.deepEqual(
                    promised.filter((name) => state[name] === undefined),
                    [],
                );
                assert.deepEqual(
                    Object.keys(state).filter((name) => !(name in outputs)),
                    [],
                );
            });
        }

        it("answers functions with every property that the SDK promises", async () => {
            const { state } = await create(INSTANCE, { password: undefined, manageMasterUserPassword: true });
            const secretId = (state.masterUserSecrets as { secretArn: string }[])[0]?.secretArn as string;
            const asked: Values = { id: "subnet-0a", secretId };
            for (const token of FUNCTIONS) {
                const { inputs, outputs } = sdk().signatures[token] as (typeof sdk extends () => infer Sdk ? Sdk : never)["signatures"][string];
                const args = Object.fromEntries(Object.entries(asked).filter(([name]) => name in inputs));
                const { result, failures } = provider.invoke(token, token.endsWith("getSecurityGroup") ? { id: "sg-0123456789abcdef0" } : args);
                assert.deepEqual(failures, []);
                const missing = Object.entries(outputs).filter(([name, always]) => always && result[name] === undefined);
                assert.deepEqual(missing, [], token);
            }
            assert.deepEqual(Object.keys(ANSWERS).sort(), [...FUNCTIONS].sort());
        });
    });

    describe("refuses", () => {
        it("what isn't a type or a function that it knows, and names those that are", () => {
            assert.throws(() => check("aws:sqs/queue:Queue", {}), /doesn't know aws:sqs\/queue:Queue\. It knows: aws:cloudwatch\/logGroup:LogGroup, /);
            assert.throws(() => provider.invoke("aws:ec2/getAmi:getAmi", {}), /has no function aws:ec2\/getAmi:getAmi\. It has: aws:ec2\/getSecurityGroup/);
        });

        it("to guess a region", () => {
            assert.throws(() => new RecordingProvider(recording, {}).configure({}, {}), /Missing region configuration: set aws:region/);
        });

        it("properties that don't exist, that are missing, and of other types: all at once, and no value in the message", () => {
            const { failures } = check(BROKER, {
                engineType: "RabbitMQ",
                hostInstanceType: 5,
                users: [{ username: "mqadmin", password: ["s3cret"] }],
                brokers: 1,
            });
            const found = failures.map(({ property }) => property);
            assert.deepEqual(
                ["brokers", "engineVersion", "hostInstanceType", "users[0].password"].filter((name) => !found.includes(name)),
                [],
            );
            assert.doesNotMatch(JSON.stringify(failures), /s3cret/);
        });

        const refused: readonly [ResourceToken, string, Values, RegExp][] = [
            [INSTANCE, "a name with two hyphens in a row", { identifier: "orders--db" }, /^identifier: /],
            [INSTANCE, "a name of capitals", { identifier: "Orders" }, /^identifier: /],
            [INSTANCE, "less storage than RDS has", { allocatedStorage: 10 }, /^allocatedStorage: expected a number from 20/],
            [INSTANCE, "a retention of 36 days", { backupRetentionPeriod: 36 }, /^backupRetentionPeriod: expected a number from 0 to 35/],
            [INSTANCE, "a version that doesn't exist", { engineVersion: "17.99" }, /^engineVersion: Cannot find version 17\.99/],
            [INSTANCE, "a key without encryption", { storageEncrypted: false }, /^kmsKeyId: /],
            [INSTANCE, "the id of a key", { kmsKeyId: "alias/mine" }, /^kmsKeyId: expected the ARN/],
            [INSTANCE, "two ways to a password", { manageMasterUserPassword: true }, /"password" conflicts with manageMasterUserPassword/],
            [INSTANCE, "no password", { password: undefined }, /^password: one of manageMasterUserPassword/],
            [INSTANCE, "a user that RDS keeps for itself", { username: "admin" }, /^username: "admin" is a word/],
            [INSTANCE, "monitoring without a role", { monitoringInterval: 60 }, /^monitoringRoleArn: /],
            [INSTANCE, "room for growth of less than a tenth", { maxAllocatedStorage: 21 }, /^maxAllocatedStorage: it must be at least 10%/],
            [INSTANCE, "windows that overlap", { backupWindow: "04:00-04:30", maintenanceWindow: "sun:04:15-sun:04:45" }, /^backupWindow: it must not overlap/],
            [
                INSTANCE,
                "throughput that small storage hasn't",
                { storageType: "gp3", storageThroughput: 500 },
                /^storageThroughput: gp3 storage of less than 400/,
            ],
            ["aws:rds/subnetGroup:SubnetGroup", "one subnet", { subnetIds: ["subnet-0a"] }, /at least two availability zones/],
            [
                "aws:rds/parameterGroup:ParameterGroup",
                "a static parameter that is to be applied at once",
                { parameters: [{ name: "max_connections", value: "10" }] },
                /needs applyMethod "pending-reboot"/,
            ],
            [BROKER, "audit logs", { logs: { audit: true } }, /^logs\.audit: Can not be configured when engine is RabbitMQ/],
            [BROKER, "a patch version", { engineVersion: "4.2.1" }, /^engineVersion: expected one of 3\.13, 4\.2/],
            [BROKER, "no automatic upgrades", { autoMinorVersionUpgrade: false }, /^autoMinorVersionUpgrade: /],
            [BROKER, "two users", { users: [1, 2].map((n) => ({ username: `user${n}`, password: "correct-horse-battery" })) }, /^users: .* exactly one/],
            [BROKER, "a short password", { users: [{ username: "mqadmin", password: "short" }] }, /^users\.password: expected 12 to 250 characters/],
            [BROKER, "a password of three letters", { users: [{ username: "mqadmin", password: "abcabcabcabc" }] }, /at least 4 different/],
            [BROKER, "a single node in two subnets", { subnetIds: ["subnet-0a", "subnet-0b"] }, /^subnetIds: .* takes 1, got 2/],
            [BROKER, "a public broker with groups", { publiclyAccessible: true, securityGroups: ["sg-1"] }, /^securityGroups: /],
            ["aws:mq/configuration:Configuration", "settings that Amazon MQ keeps", { data: "listeners.ssl.default = 1" }, /takes no setting "listeners\.ssl/],
            [CACHE, "two user groups", { userGroupIds: ["one", "two"] }, /^userGroupIds: Too many list items/],
            [CACHE, "failover with one node", { automaticFailoverEnabled: true }, /^numCacheClusters: /],
            [CACHE, "several zones without failover", { multiAzEnabled: true }, /^multiAzEnabled: /],
            [CACHE, "a name of 41 characters", { replicationGroupId: "a".repeat(41) }, /^replicationGroupId: /],
            [
                USER,
                "a password that is too short",
                { authenticationMode: { type: "password", passwords: ["short"] } },
                /^authenticationMode\.passwords: expected 16/,
            ],
            [USER, "two ways to log in", { noPasswordRequired: true }, /exactly one of passwords/],
            ["aws:elasticache/userGroup:UserGroup", "a group of redis without a default user", { engine: "redis" }, /DefaultUserRequired/],
            [
                "aws:kms/key:Key",
                "a policy that locks everybody out",
                { policy: JSON.stringify({ Statement: [{ Action: ["kms:Decrypt"] }] }) },
                /will not allow you to update the key policy/,
            ],
            ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "bits behind the prefix", { cidrIpv4: "10.0.0.1/16" }, /not a network address/],
            ["aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", "two sources", { prefixListId: "pl-1" }, /exactly one of/],
            ["aws:cloudwatch/logGroup:LogGroup", "a retention that CloudWatch hasn't", { retentionInDays: 8 }, /^retentionInDays: expected one of/],
        ];
        for (const [type, what, change, expected] of refused) {
            it(`${what} (${type.split(":").at(-1)})`, () => {
                assert.deepEqual(problems(type, {}), []);
                assert.ok(
                    problems(type, change).some((problem) => expected.test(problem)),
                    problems(type, change).join("\n"),
                );
            });
        }

        it("to shrink storage, to go back a version, and to skip the consent to a major one", async () => {
            const { id, state, inputs } = await create(INSTANCE, { allocatedStorage: 50 });
            const update = (change: Values) => () => provider.update(INSTANCE, id, state, { ...inputs, ...change });
            assert.throws(update({ allocatedStorage: 20 }), /storage can't be reduced from 50 to 20 GiB/);
            assert.throws(update({ engineVersion: "16" }), /Cannot upgrade postgres from 17 to 16/);
            assert.throws(update({ engineVersion: "18" }), /AllowMajorVersionUpgrade flag must be present/);
            assert.equal(update({ engineVersion: "18", allowMajorVersionUpgrade: true, applyImmediately: true })().engineVersionActual, "18.1");
        });

        it("to delete what others use", async () => {
            const group = await create("aws:rds/parameterGroup:ParameterGroup");
            await create(INSTANCE, { parameterGroupName: group.id });
            await assert.rejects(provider.delete("aws:rds/parameterGroup:ParameterGroup", group.id, group.state), /still members of this parameter group/);
            assert.equal(recording.read().objects.length, 2);
        });
    });

    describe("replaces", () => {
        const text = (value: Value | undefined) =>
            typeof value === "string" ? `${value}x` : value === true ? false : typeof value === "number" ? value + 1 : "new";
        for (const type of RESOURCES) {
            it(`${type} for the properties that upstream says, and for no others`, () => {
                const names = Object.keys((sdk().signatures[type] as { inputs: object }).inputs);
                for (const name of names.filter((one) => !upstream.resources[type][one]?.writeOnly)) {
                    const state: Values = { [name]: "old" };
                    const { changed, replaces } = provider.diff(type, state, state, { [name]: text(state[name]) });
                    assert.deepEqual(changed, [name]);
                    const sometimes = ["engine", "transitEncryptionEnabled"].includes(name) && type === CACHE;
                    if (!sometimes) assert.deepEqual(replaces, upstream.resources[type][name]?.forceNew ? [name] : [], name);
                }
            });
        }

        it("a cache for an older version and for another engine, and not for a newer one", () => {
            const state = { engine: "redis", engineVersion: "7.1" };
            assert.deepEqual(provider.diff(CACHE, state, state, { ...state, engineVersion: "7.0" }).replaces, ["engineVersion"]);
            assert.deepEqual(provider.diff(CACHE, state, state, { engine: "valkey", engineVersion: "8.0" }).replaces, []);
            assert.deepEqual(provider.diff(CACHE, { engine: "valkey" }, {}, { engine: "redis" }).replaces, ["engine"]);
        });

        it("what the program named by deleting it first, and what was named for it beside the old one", () => {
            const { identifier: _, ...nameless } = VALID[INSTANCE] as Values;
            for (const [asked, deletesFirst] of [
                [{ ...nameless, identifier: "orders" }, true],
                [nameless, false],
            ] as const) {
                const { inputs } = provider.check(INSTANCE, "orders", {}, asked, "1234567");
                const later = provider.check(INSTANCE, "orders", inputs, { ...asked, username: "another" }, "7654321").inputs;
                const { replaces, deleteBeforeReplace } = provider.diff(INSTANCE, inputs, inputs, later);
                assert.deepEqual({ replaces, deleteBeforeReplace }, { replaces: ["username"], deleteBeforeReplace: deletesFirst });
            }
        });

        it("a rule whose source is of another kind", () => {
            const type = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
            const { replaces } = provider.diff(type, GROUP, GROUP, { ...GROUP, cidrIpv4: undefined, referencedSecurityGroupId: "sg-1" });
            assert.deepEqual(replaces, ["cidrIpv4", "referencedSecurityGroupId"]);
            assert.deepEqual(provider.diff(type, GROUP, GROUP, { ...GROUP, cidrIpv4: "10.1.0.0/16" }).replaces, []);
        });

        it("nothing because of the order of a set, the case of a window, the spaces of a document, or what AWS filled in", () => {
            const subnets = { subnetIds: ["subnet-0a", "subnet-0b"] };
            const same = (type: ResourceToken, state: Values, news: Values) => assert.deepEqual(provider.diff(type, state, news, news).changed, []);
            same("aws:rds/subnetGroup:SubnetGroup", subnets, { subnetIds: ["subnet-0b", "subnet-0a"] });
            same(INSTANCE, { maintenanceWindow: "sun:04:00-sun:05:00" }, { maintenanceWindow: "Sun:04:00-Sun:05:00" });
            same("aws:kms/key:Key", { policy: '{"a":1,"b":2}' }, { policy: '{ "b": 2, "a": 1 }' });
            same(INSTANCE, { kmsKeyId: KEY, availabilityZone: "eu-west-1a", copyTagsToSnapshot: false }, {});
        });

        it("and can't tell before it knows: an unknown value of such a property replaces", () => {
            assert.deepEqual(provider.diff(INSTANCE, { kmsKeyId: KEY }, {}, { kmsKeyId: UNKNOWN }).replaces, ["kmsKeyId"]);
        });
    });

    describe("records", () => {
        it("unknown outputs in a preview, known ones where the program names them, and nothing in the file", () => {
            const state = provider.previewCreate(INSTANCE, { ...VALID[INSTANCE], identifier: "orders" });
            assert.equal(state.identifier, "orders");
            for (const name of ["address", "endpoint", "arn", "masterUserSecrets"]) assert.equal(state[name], UNKNOWN, name);
            assert.deepEqual(recording.read().objects, []);
        });

        it("no password, which stays in the state; a write-only one is in neither", async () => {
            const { id, state, inputs } = await create(INSTANCE);
            assert.equal(state.password, "correct-horse-battery");
            await create(BROKER);
            await create(USER);
            assert.doesNotMatch(readFileSync(recording.file, "utf8"), /correct-horse-battery/);
            assert.equal(provider.read(INSTANCE, id, state, inputs)?.state.password, "correct-horse-battery");
            const written = await create(INSTANCE, { password: undefined, passwordWo: "correct-horse-battery", passwordWoVersion: 1 });
            assert.doesNotMatch(JSON.stringify(written.state), /correct-horse-battery/);
        });

        it("drift: what a read finds is the state and the inputs of the next comparison", async () => {
            const { id, state, inputs } = await create(INSTANCE, { backupRetentionPeriod: 7 });
            recording.change(({ objects }) => {
                for (const { properties } of objects) properties.backupRetentionPeriod = 1;
            });
            const found = provider.read(INSTANCE, id, state, inputs);
            assert.equal(found?.inputs.backupRetentionPeriod, 1);
            assert.deepEqual(provider.diff(INSTANCE, found?.state ?? {}, found?.inputs ?? {}, inputs).changed, ["backupRetentionPeriod"]);
            recording.change((recorded) => {
                recorded.objects = [];
            });
            assert.equal(provider.read(INSTANCE, id, state, inputs), undefined);
        });

        it("a broker's users once, and refuses their changes", async () => {
            const { id, state, inputs } = await create(BROKER);
            const news = { ...inputs, users: [] };
            assert.deepEqual(provider.diff(BROKER, state, inputs, news).changed, ["users"]);
            assert.throws(() => provider.update(BROKER, id, state, news), /manages no users of RabbitMQ after a broker was created/);
            assert.deepEqual(provider.diff(BROKER, provider.read(BROKER, id, state, inputs)?.state ?? {}, inputs, inputs).changed, []);
        });

        it("who is in a user group, by its list and by associations", async () => {
            await createNeeds();
            await create(USER, { userId: "two", userName: "two" });
            const { id, state } = await create("aws:elasticache/userGroupAssociation:UserGroupAssociation", { userId: "two" });
            const members = () => recording.read().objects.find(({ type }) => type.endsWith(":UserGroup"))?.properties.userIds;
            assert.deepEqual(members(), ["one", "two"]);
            await provider.delete("aws:elasticache/userGroupAssociation:UserGroupAssociation", id, state);
            assert.deepEqual(members(), ["one"]);
        });

        it("one of two processes at a time, and nothing of a change that fails", () => {
            assert.throws(
                () =>
                    recording.change((recorded) => {
                        recorded.snapshots.half = "done";
                        throw new Error("no");
                    }),
                /no/,
            );
            assert.deepEqual(recording.read().snapshots, {});
            recording.change(({ snapshots }) => Object.assign(snapshots, { whole: "done" }));
            assert.deepEqual(recording.read().snapshots, { whole: "done" });
        });
    });

    describe("beside a stand-in for Secrets Manager", () => {
        it("lets AWS's own library read the secret of an instance, and nobody without a signature", async () => {
            const { state } = await create(INSTANCE, { password: undefined, manageMasterUserPassword: true });
            const [{ secretArn }] = state.masterUserSecrets as [{ secretArn: string }];
            const secrets = await startSecretsManager(() => recording.read());
            const client = new SecretsManagerClient({
                ...{ region: "eu-west-1", endpoint: secrets.url, maxAttempts: 1 },
                credentials: { accessKeyId: "recorded", secretAccessKey: "recorded" },
            });
            try {
                const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: secretArn }));
                const { username, password } = JSON.parse(SecretString ?? "") as Record<string, string>;
                assert.equal(username, "dbadmin");
                assert.equal(String(password).length > 20, true);
                assert.doesNotMatch(JSON.stringify(state), new RegExp(String(password).slice(0, 24)));
                await assert.rejects(client.send(new GetSecretValueCommand({ SecretId: "another" })), { name: "ResourceNotFoundException" });
                const unsigned = await fetch(secrets.url, { method: "POST", headers: { "x-amz-target": "secretsmanager.GetSecretValue" }, body: "{}" });
                assert.equal(unsigned.status, 400);
            } finally {
                client.destroy();
                await secrets.close();
            }
        });
    });
});
