import assert from "node:assert/strict";
import { assertIncludes, assertNothingLost, assertUnchanged } from "../support/assertions";
import { RecordedAccount } from "../support/aws/account";
import type { Binding } from "../support/clients";
import { Project } from "../support/engine";
import { type Change, describeChanges, programOf, type Wish, wish } from "./program";

const base: Wish = { args: { version: "7" }, bindings: { dashboard: { access: "readonly", keys: ["session:*"] } } };

/** Each thing that a user can change. */
const asked: readonly Change[] = [
    { what: "size", args: { size: "large" }, changed: ["nodeType"] },
    { what: "cpu", args: { cpu: 8 }, changed: ["nodeType"] },
    { what: "memoryGb", args: { memoryGb: 30 }, changed: ["nodeType"] },
    { what: "instanceClasses", settings: { instanceClasses: { orders: "cache.r7g.large" } }, changed: ["nodeType"] },
    { what: "version with allowMajorUpgrade", args: { version: "8", allowMajorUpgrade: true }, changed: ["engineVersion", "parameterGroupName"] },
    { what: "version", args: { version: "8" }, changed: [], refused: /allowMajorUpgrade: true/ },
    { what: "highAvailability", args: { highAvailability: true }, changed: ["automaticFailoverEnabled", "multiAzEnabled", "numCacheClusters"] },
    { what: "durability", args: { durability: "standard" }, changed: ["finalSnapshotIdentifier", "snapshotRetentionLimit"] },
    { what: "kmsKeyArn", settings: { kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/other" }, changed: [], refused: /encrypted with one key for life/ },
    { what: "backupRetentionDays", settings: { backupRetentionDays: 14 }, changed: ["snapshotRetentionLimit"] },
    { what: "backupWindow", settings: { backupWindow: "01:00-02:00" }, changed: ["snapshotWindow"] },
    { what: "maintenanceWindow", settings: { maintenanceWindow: "tue:04:00-tue:05:00" }, changed: ["maintenanceWindow"] },
    { what: "tags", args: { tags: { team: "shop" } }, changed: ["tags"] },
    { what: "evictionPolicy", args: { evictionPolicy: "allkeys-lfu" }, changed: [] },
];

describe("aws: a cache on recorded objects", function () {
    this.timeout(120_000);
    const account = new RecordedAccount();
    const project = new Project({ program: programOf("cache"), env: account.env });
    const want = (change: Wish = {}) =>
        wish(project, "cache", { args: { ...base.args, ...change.args }, bindings: { ...base.bindings, ...change.bindings }, settings: change.settings ?? {} });
    const users = () => account.all("User").map(({ properties }) => properties);

    before(() => want());
    after(() => project.remove());

    it("comes up, encrypted, with a user of its own for each binding and one that nobody can be", async () => {
        await project.up();
        const { properties } = account.only("ReplicationGroup");
        assert.equal(properties.transitEncryptionMode, "required");
        assert.equal(properties.atRestEncryptionEnabled, true);
        const { main, dashboard } = (await project.outputs<{ bindings: Record<"main" | "dashboard", Binding> }>()).bindings;
        assert.equal(main.host, properties.primaryEndpointAddress);
        const names = users().map(({ userName }) => userName);
        assert.deepEqual(names.sort(), ["default", main.username, dashboard.username].sort());
        const read = users().find(({ userName }) => userName === dashboard.username)?.accessString;
        assert.match(String(read), /session:\*/);
        assert.doesNotMatch(String(read), /\+@all/);
        assert.match(String(users().find(({ userName }) => userName === "default")?.accessString), /^off /);
        const members = account.only("UserGroup").properties.userIds;
        assert.deepEqual(
            [...(members as string[])].sort(),
            users()
                .map(({ userId }) => String(userId))
                .sort(),
        );
        const state = JSON.stringify(await project.exportState());
        for (const { password } of [main, dashboard]) assert.ok(!state.includes(password) && !account.text().includes(password));
    });

    it("changes nothing in a second up, nor in a refresh", async () => {
        assertUnchanged(await project.up());
        await project.refresh();
        assertUnchanged(await project.up());
    });

    describeChanges("cache", "ReplicationGroup", asked, { project: () => project, want });

    it("rotates a binding: a new user joins before the old one goes", async () => {
        const before = users().map(({ userId }) => userId);
        want({ bindings: { dashboard: { access: "readonly", keys: ["session:*"], rotation: "2026-01" } } });
        await project.up();
        const after = users().map(({ userId }) => userId);
        assert.equal(after.length, before.length);
        assert.equal(after.filter((id) => !before.includes(id)).length, 1);
        const calls = account.recorded().calls.filter(({ type }) => type.endsWith(":User"));
        assert.deepEqual(
            calls.slice(-2).map(({ operation }) => operation),
            ["create", "delete"],
        );
        want();
        assertNothingElseThanUsers(await project.up());
    });

    it("isn't destroyed while it is protected, and leaves a final snapshot", async () => {
        want({ args: { durability: "standard" } });
        assertNothingLost(await project.up());
        assertIncludes((await project.fails("destroy")).output, "protect");
        const { id } = account.only("ReplicationGroup");
        await project.unprotect();
        await project.destroy();
        assert.deepEqual(Object.keys(account.recorded().snapshots), [`${id}-final`]);
        assert.deepEqual([...new Set(account.recorded().objects.map(({ type }) => type.split(":").at(-1)))].sort(), ["Key", "LogGroup"]);
    });

    it("is replaced where its loss is named: another one is there, with its users, before the old one goes", async () => {
        want();
        await project.up();
        const old = account.only("ReplicationGroup").id;
        const settings = { kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/other" };
        want({ args: { allowDataLoss: ["replacement"] }, settings });
        await project.up();
        const { id, properties } = account.only("ReplicationGroup");
        assert.equal(id, `${old}-2`);
        assert.equal(properties.kmsKeyId, settings.kmsKeyArn);
        const calls = account.recorded().calls.filter(({ type }) => type.endsWith(":ReplicationGroup"));
        assert.deepEqual(
            calls.slice(-2).map((call) => `${call.operation} ${call.id}`),
            [`create ${id}`, `delete ${old}`],
        );
        const { main } = (await project.outputs<{ bindings: Record<"main", Binding> }>()).bindings;
        assert.equal(main.host, properties.primaryEndpointAddress);
        assert.deepEqual(
            [...(account.only("UserGroup").properties.userIds as string[])].sort(),
            users()
                .map(({ userId }) => String(userId))
                .sort(),
        );
        want({ settings });
        assertNothingLost(await project.up());
        await project.destroy();
    });
});

function assertNothingElseThanUsers({ steps, output }: Awaited<ReturnType<Project["up"]>>): void {
    const lost = steps.filter(({ op, type }) => /delete|replace/.test(op) && !["User", "AwsPassword", "UserGroupAssociation"].includes(type));
    assert.deepEqual(
        lost.map(({ op, name }) => `${op} ${name}`),
        [],
        output,
    );
}
