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
import { type Finished, Project } from "../support/engine";

type Properties = Record<string, Record<string, UpstreamProperty>>;

/** Types of upstream's newer SDK, which the built plugin has not. */
const absent: readonly ResourceToken[] = [
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
];

/** Texts that pulumi-aws says otherwise than its upstream, and what every resource has. */
const ignored = ["tags", "tagsAll", "id", "region", "timeouts"];

/** One change a run; what upstream decides about it is compared with what the recording provider decides. */
const changes: readonly Readonly<Record<string, unknown>>[] = [
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
];

function program(url: string | undefined, change: Readonly<Record<string, unknown>>): string {
    const emulated = `new aws.Provider("emulated", {
        region: "us-east-1", accessKey: "test", secretKey: "test", skipCredentialsValidation: true, skipRequestingAccountId: true, skipMetadataApiCheck: true,
        endpoints: [{ rds: "${url}", kms: "${url}", ec2: "${url}", sts: "${url}", iam: "${url}", secretsmanager: "${url}" }],
    })`;
    return `
import * as aws from "@pulumi/aws";
const provider = ${url === undefined ? 'new aws.Provider("recorded", { region: "us-east-1" })' : emulated};
const key = new aws.kms.Key("key", {}, { provider });
const change = JSON.parse(${JSON.stringify(JSON.stringify(change, (_, value) => value ?? null))});
const args: any = {
    identifier: "orders", engine: "postgres", engineVersion: "15.4", instanceClass: "db.t4g.small", allocatedStorage: 20, username: "dbadmin",
    manageMasterUserPassword: true, dbName: "orders", storageEncrypted: true, kmsKeyId: key.arn, skipFinalSnapshot: true, applyImmediately: true,
    ...change,
};
for (const [name, value] of Object.entries(args)) if (value === null) delete args[name];
new aws.rds.Instance("orders", args, { provider });
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
        await emulated.up();
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
        const printed = JSON.parse(execFileSync(plugin as string, ["--properties"], { encoding: "utf8", maxBuffer: 64 << 20 })) as Properties;
        const found = Object.fromEntries(RESOURCES.filter((type) => !absent.includes(type)).map((type) => [type, tidy(type, printed[type] ?? {})]));
        if (process.env.UPDATE_GOLDEN === "1") {
            const kept = Object.fromEntries(absent.map((type) => [type, upstream.resources[type]]));
            const updated = { source: upstream.source, resources: { ...found, ...kept } } as unknown as Upstream;
            writeFileSync(join(__dirname, "..", "support", "aws", "upstream.json"), `${JSON.stringify(updated, null, 2)}\n`);
        }
        for (const [type, properties] of Object.entries(found)) {
            assert.deepEqual(properties, tidy(type as ResourceToken, upstream.resources[type as ResourceToken]), type);
        }
    });

    for (const change of changes) {
        it(`decide the same: ${JSON.stringify(change, (_, value) => value ?? null)}`, async () => {
            emulated.program(program(moto.url, change));
            recorded.program(program(undefined, change));
            const [theirs, ours] = [await emulated.preview(), await recorded.preview()];
            console.log(`      upstream: ${decision(theirs)}`);
            assert.equal(decision(ours), decision(theirs));
        });
    }
});

/** What a preview does to the instance. */
function decision({ steps }: Finished): string {
    return steps
        .filter(({ type }) => type === "Instance")
        .map(({ op, diffs }) => `${op} (${[...diffs].sort().join(", ")})`)
        .join(", ");
}

/** Without what says nothing, by name; properties that the installed SDK doesn't know can't be asked for. */
function tidy(type: ResourceToken, properties: Readonly<Record<string, UpstreamProperty>>): Record<string, UpstreamProperty> {
    const signature = sdk().signatures[type];
    const entries = Object.entries(properties).flatMap(([name, property]) => {
        const said = Object.entries(property).filter(
            ([key, value]) => value !== false && value !== null && !(Array.isArray(value) && value.length === 0) && key !== "description",
        );
        const sdkKnows = signature && (name in signature.inputs || name in signature.outputs);
        const text = (value: unknown) => (typeof value === "string" ? value.replace("Terraform", "Pulumi") : Array.isArray(value) ? [...value].sort() : value);
        return said.length > 0 && sdkKnows && !ignored.includes(name)
            ? [[name, Object.fromEntries(said.map(([key, value]) => [key, text(value)]))] as const]
            : [];
    });
    return Object.fromEntries(entries.sort(([one], [other]) => (one < other ? -1 : 1))) as Record<string, UpstreamProperty>;
}
