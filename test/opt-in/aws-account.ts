import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { assertUnchanged } from "../support/assertions";
import { type Binding, value, withCache, withQueue } from "../support/clients";
import { Project } from "../support/engine";

const program = `
import { exportBindings, ManagedCache, ManagedDatabase, ManagedQueue } from "pulumi-data-services";
const orders = new ManagedDatabase("orders", { size: "nano" });
const events = new ManagedQueue("events", { size: "nano" });
const sessions = new ManagedCache("sessions", { size: "nano" });
const reports = orders.bind("reports", { access: "readonly" });
export const bindings = exportBindings({ orders, events, sessions, reports });
`;

const cleanUp = `What this suite made has the tag managed-by=pulumi-data-services. Find what is left of it:
  aws resourcegroupstaggingapi get-resources --tag-filters Key=managed-by,Values=pulumi-data-services`;

describe("aws: a real account", function () {
    this.timeout(2 * 60 * 60_000);
    const settings = JSON.parse(readFileSync(process.env.DATA_SERVICES_TEST_AWS_SETTINGS as string, "utf8"));
    const project = new Project({
        name: "data-services-test",
        program,
        environment: { database: { aws: settings }, queue: { aws: settings }, cache: { aws: settings }, defaults: { durability: "ephemeral" } } as never,
    });

    after(async () => {
        const { code, output } = await (await project.start("destroy")).finished;
        await project.remove();
        assert.equal(code, 0, `destroy failed.\n${cleanUp}\n${output}`);
    });

    it("is previewed, comes up, and stays", async () => {
        await project.preview();
        await project.up();
        assertUnchanged(await project.up());
        await project.refresh();
        assertUnchanged(await project.up());
    });

    it("lets the users of bindings in, where this machine reaches the servers", async function () {
        if (settings.bastion !== undefined) this.skip(); // only updates go through it
        const { bindings } = await project.outputs<{ bindings: Record<"orders" | "events" | "sessions" | "reports", Binding> }>();
        assert.equal(await value(bindings.reports, "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"), true);
        await value(bindings.orders, "CREATE TABLE proof (at timestamptz)");
        await assert.rejects(value(bindings.reports, "INSERT INTO proof VALUES (now())"), /permission denied/);
        await withQueue(bindings.events, async (connection) => void (await (await connection.createChannel()).assertQueue("proof")));
        await withCache(bindings.sessions, async (client) => assert.equal(await client.set("proof", "1"), "OK"));
    });
});
