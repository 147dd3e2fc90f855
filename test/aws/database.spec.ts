import assert from "node:assert/strict";
import { assertIncludes, assertNothingLost, assertUnchanged, assertUserReplaced } from "../support/assertions";
import { AccountWithServers } from "../support/aws/behind";
import { type Binding, value, withDatabase } from "../support/clients";
import { Project } from "../support/engine";
import { type Change, describeChanges, programOf, stepOf, type Wish, wish } from "./program";

const base: Wish = { args: { version: "16", size: "small" }, bindings: { reports: { access: "readonly" } } };

/** Each thing that a user can change. */
const asked: readonly Change[] = [
    { what: "storageGb", args: { storageGb: 40 }, changed: ["allocatedStorage", "maxAllocatedStorage"] },
    { what: "storageGb, less", args: { storageGb: 20 }, changed: [], refused: /shrink|smaller|less/i },
    { what: "maxStorageGb", settings: { maxStorageGb: 300 }, changed: ["maxAllocatedStorage"] },
    { what: "size", args: { size: "large", storageGb: 30 }, changed: ["instanceClass"] },
    { what: "cpu", args: { cpu: 8 }, changed: ["instanceClass"] },
    { what: "memoryGb", args: { memoryGb: 32 }, changed: ["instanceClass"] },
    { what: "instanceClasses", settings: { instanceClasses: { orders: "db.r8g.large" } }, changed: ["instanceClass"] },
    { what: "version", args: { version: "17" }, changed: [], refused: /runs version 16.*allowMajorUpgrade: true/s },
    { what: "version, back", args: { version: "15" }, changed: [], refused: /never go back/ },
    {
        what: "version with allowMajorUpgrade",
        args: { version: "17", allowMajorUpgrade: true },
        changed: ["allowMajorVersionUpgrade", "engineVersion", "parameterGroupName"],
    },
    { what: "allowMajorUpgrade", args: { allowMajorUpgrade: true }, changed: ["allowMajorVersionUpgrade"] },
    { what: "highAvailability", args: { highAvailability: true }, changed: ["multiAz"] },
    { what: "port", settings: { port: 6000 }, changed: ["port"] },
    { what: "kmsKeyArn", settings: { kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/other" }, changed: [], refused: /encrypted with one key for life/ },
    { what: "region", settings: { region: "us-east-1" }, changed: [], refused: /would start empty in another region/ },
    { what: "backupRetentionDays", settings: { backupRetentionDays: 14 }, changed: ["backupRetentionPeriod"] },
    { what: "backupWindow", settings: { backupWindow: "01:00-01:30" }, changed: ["backupWindow"] },
    { what: "maintenanceWindow", settings: { maintenanceWindow: "tue:04:00-tue:05:00" }, changed: ["maintenanceWindow"] },
    { what: "deletionProtection", settings: { deletionProtection: true }, changed: ["deletionProtection"] },
    {
        what: "durability",
        args: { durability: "standard" },
        changed: ["backupRetentionPeriod", "deleteAutomatedBackups", "deletionProtection", "finalSnapshotIdentifier", "skipFinalSnapshot"],
    },
    { what: "tags", args: { tags: { team: "shop" } }, changed: ["tags"] },
    { what: "databaseName", args: { databaseName: "another" }, changed: [], refused: /databaseName/ },
    { what: "settings", args: { settings: { work_mem: "8MB" } }, changed: [] },
    { what: "subnetIds", settings: { subnetIds: ["subnet-0a", "subnet-0b", "subnet-0c"] }, changed: [] },
    { what: "allowedCidrs", settings: { allowedCidrs: ["10.1.0.0/16"] }, changed: [] },
    { what: "allowedSecurityGroupIds", settings: { allowedSecurityGroupIds: ["sg-0123456789abcdef0"] }, changed: [] },
    { what: "logRetentionDays", settings: { logRetentionDays: 30 }, changed: [] },
];

describe("aws: a database on recorded objects, with a real PostgreSQL behind", function () {
    this.timeout(180_000);
    let account: AccountWithServers;
    let project: Project;
    const want = (change: Wish = {}) =>
        wish(project, "database", {
            args: { ...base.args, storageGb: 30, ...change.args },
            bindings: { ...base.bindings, ...change.bindings },
            settings: { ...account.databaseSettings, ...change.settings },
        });
    const bindings = async () => (await project.outputs<{ bindings: Record<string, Binding> }>()).bindings;

    before(async () => {
        account = await AccountWithServers.start("database");
        project = new Project({ program: programOf("database"), env: account.account.env });
        want();
    });
    after(async () => {
        await project?.remove();
        await account?.stop();
    });

    it("is previewed, before there is anything", async () => {
        const { steps } = await project.preview();
        assert.ok(steps.length > 10);
        assert.deepEqual(
            steps.filter(({ op }) => op !== "create").map(({ op, name }) => `${op} ${name}`),
            [],
        );
        assert.deepEqual(account.account.recorded().objects, []);
    });

    it("comes up: AWS's objects are recorded, and its users work over TLS", async () => {
        await project.up();
        const { main, reports } = (await bindings()) as { main: Binding; reports: Binding };
        // A session that acts as its group doesn't see its own facts.
        const ssl = await withDatabase(main, async (client) => {
            await client.query("SET ROLE NONE");
            return (await client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()")).rows[0].ssl;
        });
        assert.equal(ssl, true);
        assert.equal(await value(reports, "SELECT current_user"), reports.username);
        const { properties } = account.account.only("Instance");
        assert.equal(properties.storageEncrypted, true);
        assert.equal(properties.publiclyAccessible, false);
        assert.equal(properties.kmsKeyId, account.account.only("Key").properties.arn);
        assert.deepEqual(account.account.recorded().snapshots, {});
    });

    it("keeps the administrator's password out of the state, and every other one encrypted in it", async () => {
        const [secret] = Object.values(account.account.recorded().secrets);
        const state = JSON.stringify(await project.exportState());
        const all = await bindings();
        for (const password of [secret?.password, ...Object.values(all).map(({ password }) => password)]) {
            assert.ok(password && !state.includes(JSON.stringify(password).slice(1, -1)), "a password is in the state");
        }
    });

    it("changes nothing in a second up, nor in a refresh", async () => {
        assertUnchanged(await project.up());
        assertUnchanged(await project.refresh());
    });

    describeChanges("database", "Instance", asked, { project: () => project, want });

    it("is replaced only where its loss is named, and then makes another instance before the old one goes", async () => {
        want({ args: { allowDataLoss: ["replacement"] }, settings: { kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/other" } });
        const { steps } = await project.preview();
        const ops = steps.filter(({ type }) => type === "Instance").map(({ op }) => op);
        assert.deepEqual(ops, ["create-replacement", "replace", "delete-replaced"]);
    });

    it("sees drift, and mends it in place", async () => {
        want();
        account.account.drift("Instance", { backupRetentionPeriod: 0, publiclyAccessible: true });
        await project.refresh();
        const mended = await project.up();
        assert.deepEqual([...stepOf(mended, "Instance").diffs].sort(), ["backupRetentionPeriod", "publiclyAccessible"]);
        assertNothingLost(mended);
        assert.equal(account.account.only("Instance").properties.publiclyAccessible, false);
    });

    it("rotates a binding's user, and leaves AWS's objects alone", async () => {
        const calls = account.account.recorded().calls.length;
        want({ bindings: { reports: { access: "readonly", rotation: "2026-01" } } });
        assertUserReplaced(await project.up(), "orders-reports-user");
        assert.equal(account.account.recorded().calls.length, calls);
        want();
        await project.up();
    });

    it("waits for the maintenance window with what restarts a critical database", async () => {
        want({ args: { durability: "critical", size: "small" } });
        await project.up();
        want({ args: { durability: "critical", size: "large" } });
        await project.up();
        const before = account.account.only("Instance");
        assert.ok(before.pending.instanceClass !== undefined && before.pending.instanceClass !== before.properties.instanceClass);
        account.account.openMaintenanceWindow();
        await project.refresh();
        assertUnchanged(await project.up());
    });

    it("isn't destroyed while it is protected: by Pulumi, then by AWS", async () => {
        assertIncludes((await project.fails("destroy")).output, "protect");
        await project.unprotect();
        assertIncludes((await project.fails("destroy")).output, "Cannot delete protected DB Instance");
        assert.equal(account.account.all("Instance").length, 1);
    });

    it("leaves a final snapshot, its key and its logs, and nothing else", async () => {
        want({ args: { durability: "standard", size: "large" }, settings: { deletionProtection: false } });
        await project.up();
        const { identifier } = account.account.only("Instance").properties;
        await project.unprotect();
        await project.destroy();
        assert.deepEqual(Object.keys(account.account.recorded().snapshots), [`${identifier}-final`]);
        assert.deepEqual([...new Set(account.account.recorded().objects.map(({ type }) => type.split(":").at(-1)))].sort(), ["Key", "LogGroup"]);
        assert.deepEqual(await account.leftovers(), []);
    });

    it("comes up again beside what an earlier one left", async () => {
        want({ args: { durability: "standard" }, settings: { deletionProtection: false } });
        await project.up();
        await project.unprotect();
        await project.destroy();
        assert.equal(Object.keys(account.account.recorded().snapshots).length, 2);
    });
});
