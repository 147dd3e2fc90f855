import assert from "node:assert/strict";
import { assertIncludes, assertNothingLost, assertUnchanged } from "../support/assertions";
import { RecordedAccount } from "../support/aws/account";
import { type Finished, Project } from "../support/engine";

/** Hand-written, as somebody writes it who doesn't know this package: the provider is tested here, and nothing of ours. */
function program(instance: Readonly<Record<string, unknown>> = {}, more = ""): string {
    return `
import * as aws from "@pulumi/aws";
const key = new aws.kms.Key("key", { enableKeyRotation: true });
const subnets = new aws.rds.SubnetGroup("subnets", { subnetIds: ["subnet-0a", "subnet-0b"] });
const parameters = new aws.rds.ParameterGroup("parameters", { family: "postgres17", parameters: [{ name: "rds.force_ssl", value: "1" }] });
const db = new aws.rds.Instance("db", {
    engine: "postgres", engineVersion: "17", instanceClass: "db.t4g.small", allocatedStorage: 20, storageType: "gp3",
    username: "dbadmin", manageMasterUserPassword: true, storageEncrypted: true, kmsKeyId: key.arn, dbName: "orders",
    dbSubnetGroupName: subnets.name, parameterGroupName: parameters.name, applyImmediately: true, skipFinalSnapshot: true,
    ...${JSON.stringify(instance)},
});
export const { address, endpoint, port, masterUserSecrets, engineVersionActual, arn } = db;
export const account = aws.getCallerIdentityOutput().accountId;
${more}
`;
}

describe("aws: the recording provider in the engine", function () {
    this.timeout(120_000);
    const account = new RecordedAccount();
    const project = new Project({ name: "recorded", program: program(), env: account.env });

    after(() => project.remove());

    it("previews with unknown outputs, and records nothing", async () => {
        const { steps } = await project.preview();
        const instance = steps.find(({ type }) => type === "Instance");
        assert.equal(instance?.op, "create");
        assert.deepEqual(account.recorded().objects, []);
    });

    it("brings up what the program asks for, with outputs like AWS's", async () => {
        await project.up();
        const { properties } = account.only("Instance");
        assert.match(String(properties.identifier), /^db-[0-9a-f]{7}$/);
        const outputs = await project.outputs<Record<string, string>>();
        assert.equal(outputs.endpoint, `${properties.identifier}.${String(properties.address).split(".").slice(1).join(".")}:5432`);
        assert.match(String(outputs.engineVersionActual), /^17\.\d+$/);
        assert.equal(outputs.account, "123456789012");
        assert.match(JSON.stringify(outputs.masterUserSecrets), /arn:aws:secretsmanager:eu-west-1:123456789012:secret:rds!db-/);
        assert.deepEqual(account.all("Key").length, 1);
    });

    it("changes nothing the second time, nor by a refresh", async () => {
        assertUnchanged(await project.up());
        assertUnchanged(await project.refresh());
    });

    it("sees drift by a refresh, and mends it", async () => {
        account.drift("Instance", { backupRetentionPeriod: 3, deletionProtection: true });
        project.program(program({ backupRetentionPeriod: 7 }));
        await project.refresh();
        const mended = await project.up();
        assert.deepEqual(step(mended, "Instance").diffs, ["backupRetentionPeriod", "deletionProtection"]);
        assert.equal(account.only("Instance").properties.backupRetentionPeriod, 7);
    });

    it("makes anew what somebody deleted", async () => {
        account.lose("ParameterGroup");
        await project.refresh();
        const { steps } = await project.up();
        assert.ok(steps.some(({ op, type }) => op === "create" && type === "ParameterGroup"));
        assert.equal(account.all("ParameterGroup").length, 1);
    });

    it("replaces where upstream replaces, and says so in a preview", async () => {
        project.program(program({ dbName: "other" }));
        const preview = await project.preview();
        assert.ok(preview.steps.some(({ op, type }) => op === "replace" && type === "Instance"));
        project.program(program({ backupRetentionPeriod: 14 }));
        assertNothingLost(await project.up());
    });

    it("keeps for the maintenance window what isn't to be applied at once", async () => {
        project.program(program({ backupRetentionPeriod: 14, applyImmediately: false, instanceClass: "db.m7g.large" }));
        await project.up();
        assert.equal(account.only("Instance").properties.instanceClass, "db.t4g.small");
        assert.deepEqual(account.only("Instance").pending, { instanceClass: "db.m7g.large" });
        account.openMaintenanceWindow();
        await project.refresh();
        assertUnchanged(await project.up());
        assert.equal(account.only("Instance").properties.instanceClass, "db.m7g.large");
    });

    it("says all that is wrong with the inputs, in a preview", async () => {
        project.program(program({ allocatedStorage: 5, backupRetentionPeriod: 36, storageThroughput: 500, engineVersion: "12" }));
        const { output } = await project.fails("preview");
        assertIncludes(output, "backupRetentionPeriod", "expected a number from 0 to 35", "Cannot find version 12 for postgres");
        assertIncludes(output, "allocatedStorage", "expected a number from 20 to 65536", "storageThroughput", "gp3 storage of less than 400 GiB");
    });

    it("knows no other types, and says what it knows", async () => {
        project.program(program({ backupRetentionPeriod: 14, applyImmediately: false, instanceClass: "db.m7g.large" }, 'new aws.sqs.Queue("queue", {});'));
        const { output } = await project.fails("preview");
        assertIncludes(output, "the recording aws provider doesn't know aws:sqs/queue:Queue. It knows: aws:cloudwatch/logGroup:LogGroup");
    });

    it("refuses to delete a protected instance, and one whose final snapshot has no free name", async () => {
        project.program(program({ deletionProtection: true, skipFinalSnapshot: false, finalSnapshotIdentifier: "db-final" }));
        await project.up();
        assertIncludes((await project.fails("destroy")).output, "Cannot delete protected DB Instance");
        project.program(program({ skipFinalSnapshot: false, finalSnapshotIdentifier: "db-final" }));
        await project.up();
        await project.destroy();
        assert.deepEqual(Object.keys(account.recorded().snapshots), ["db-final"]);
        assert.deepEqual(account.recorded().objects, []);
        await project.up();
        assertIncludes((await project.fails("destroy")).output, "DBSnapshotAlreadyExists", "db-final");
    });
});

function step({ steps, output }: Finished, type: string) {
    const found = steps.find((one) => one.type === type);
    assert.ok(found, output);
    return found;
}
