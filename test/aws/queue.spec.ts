import assert from "node:assert/strict";
import { assertIncludes, assertUnchanged, assertUserReplaced } from "../support/assertions";
import { AccountWithServers, reasonWithoutBrokerPorts } from "../support/aws/behind";
import { type Binding, withQueue } from "../support/clients";
import { Project } from "../support/engine";
import { skipSuite } from "../support/kubernetes";
import { type Change, describeChanges, programOf, type Wish, wish } from "./program";

const base: Wish = { args: { size: "small" }, bindings: { worker: { access: "readonly" } } };

/** Each thing that a user can change. */
const asked: readonly Change[] = [
    { what: "size", args: { size: "large" }, changed: ["hostInstanceType"] },
    { what: "cpu", args: { cpu: 8 }, changed: ["hostInstanceType"] },
    { what: "memoryGb", args: { memoryGb: 30 }, changed: ["hostInstanceType"] },
    { what: "instanceClasses", settings: { instanceClasses: { orders: "mq.m7g.2xlarge" } }, changed: ["hostInstanceType"] },
    { what: "version", args: { version: "3" }, changed: [], refused: /never go back|moves no living/ },
    { what: "highAvailability", args: { highAvailability: true }, changed: [], refused: /One node or three is decided for life/ },
    { what: "durability", args: { durability: "standard" }, changed: ["hostInstanceType"] },
    { what: "subnetIds", settings: { subnetIds: ["subnet-0b", "subnet-0a"] }, changed: [], refused: /stays in its subnets/ },
    { what: "kmsKeyArn", settings: { kmsKeyArn: "arn:aws:kms:eu-west-1:123456789012:key/other" }, changed: [], refused: /encrypted with one key for life/ },
    { what: "settings", args: { settings: { consumer_timeout: "60000" } }, changed: ["configuration"] },
    { what: "maintenanceWindow", settings: { maintenanceWindow: "tue:04:00-tue:05:00" }, changed: ["maintenanceWindowStartTime"] },
    { what: "tags", args: { tags: { team: "shop" } }, changed: ["tags"] },
];

describe("aws: a queue on recorded objects, with a real RabbitMQ behind", function () {
    this.timeout(180_000);
    let account: AccountWithServers;
    let project: Project;
    const want = (change: Wish = {}) =>
        wish(project, "queue", { args: { ...base.args, ...change.args }, bindings: { ...base.bindings, ...change.bindings }, settings: change.settings ?? {} });
    /** Clients of real brokers find the authority in their system's store. */
    const bindings = async () => {
        const { bindings: all } = await project.outputs<{ bindings: Record<string, Binding> }>();
        return Object.fromEntries(Object.entries(all).map(([name, binding]) => [name, { ...binding, certificates: account.server("queue").certificates }]));
    };

    before(async function () {
        const reason = await reasonWithoutBrokerPorts();
        if (reason !== undefined) skipSuite(this, reason);
        account = await AccountWithServers.start("queue");
        project = new Project({ program: programOf("queue"), env: account.account.env });
        want();
    });
    after(async () => {
        await project?.remove();
        await account?.stop();
    });

    it("comes up: the broker is recorded, and its users work over TLS", async () => {
        await project.up();
        const { main, worker } = (await bindings()) as { main: Binding; worker: Binding };
        assert.equal(main.port, 5671);
        await withQueue(main, async (connection) => {
            const channel = await connection.createConfirmChannel();
            await channel.assertQueue("jobs");
            channel.sendToQueue("jobs", Buffer.from("one"));
            await channel.waitForConfirms();
        });
        await withQueue(worker, async (connection) => {
            const channel = await connection.createChannel();
            channel.on("error", () => undefined);
            const message = await channel.get("jobs", { noAck: true });
            assert.ok(message);
            assert.equal(message.content.toString(), "one");
        });
        const { properties } = account.account.only("Broker");
        assert.equal(properties.publiclyAccessible, false);
        assert.deepEqual(properties.logs, { general: true });
        const state = JSON.stringify(await project.exportState());
        for (const { password } of [main, worker]) assert.ok(!state.includes(password) && !account.account.text().includes(password));
    });

    it("changes nothing in a second up, nor in a refresh", async () => {
        assertUnchanged(await project.up());
        await project.refresh();
        assertUnchanged(await project.up());
    });

    describeChanges("queue", "Broker", asked, { project: () => project, want });

    it("rotates a binding's user over the management API", async () => {
        want({ bindings: { worker: { access: "readonly", rotation: "2026-01" } } });
        assertUserReplaced(await project.up(), "orders-worker-user");
        want();
        await project.up();
    });

    it("isn't destroyed while it is protected, and leaves nothing but its key", async () => {
        want({ args: { durability: "standard" } });
        await project.up();
        assertIncludes((await project.fails("destroy")).output, "protect");
        await project.unprotect();
        await project.destroy();
        assert.deepEqual([...new Set(account.account.recorded().objects.map(({ type }) => type.split(":").at(-1)))].sort(), ["Key"]);
        assert.deepEqual(await account.leftovers(), []);
    });
});
