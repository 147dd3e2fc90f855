import assert from "node:assert/strict";
import type { TestHost } from "../../tools/hosts";
import { assertIncludes, assertNothingLost, assertUnchanged } from "../support/assertions";
import { type Binding, query, value, withCache, withQueue } from "../support/clients";
import { type Finished, Project } from "../support/engine";
import { hostOrSkip, leftoversOn, settingsOf } from "../support/hosts";
import { eventually } from "../support/processes";

interface Outputs {
    readonly bindings: { readonly orders: Binding; readonly events: Binding; readonly sessions: Binding };
}

const program = `
import { ManagedCache, ManagedDatabase, ManagedQueue, exportBindings } from "pulumi-data-services";
const orders = new ManagedDatabase("orders", { size: "nano" });
const events = new ManagedQueue("events", { size: "nano" });
const sessions = new ManagedCache("sessions", { size: "nano" });
export const bindings = exportBindings({ orders, events, sessions });
`;

describe("a host that drifts from what was declared", function () {
    this.timeout(6 * 60_000);
    let host: TestHost;
    let project: Project;
    let bindings: Outputs["bindings"];

    before(async function () {
        this.timeout(25 * 60_000); // makes the tree the first time
        host = await hostOrSkip(this, { slot: 23, release: "trixie", fresh: true });
        const vm = { vm: settingsOf(host) };
        project = new Project({ program, environment: { database: vm, queue: vm, cache: vm, defaults: { durability: "ephemeral" } } });
        await project.up();
        ({ bindings } = await project.outputs<Outputs>());
        await query(bindings.orders, "CREATE TABLE kept AS SELECT 42 AS answer");
        await withCache(bindings.sessions, (client) => client.set("kept", "42"));
        await withQueue(bindings.events, async (connection) => {
            const channel = await connection.createConfirmChannel();
            await channel.assertQueue("kept", { durable: true });
            channel.sendToQueue("kept", Buffer.from("42"), { persistent: true });
            await channel.waitForConfirms();
        });
    });

    after(async () => {
        await project?.remove();
        await host?.process.stop(true);
    });

    async function assertDataIntact(): Promise<void> {
        assert.equal(await value(bindings.orders, "SELECT answer FROM kept"), 42);
        assert.equal(await withCache(bindings.sessions, (client) => client.get("kept")), "42");
        await withQueue(bindings.events, async (connection) => {
            const channel = await connection.createChannel();
            const message = await channel.get("kept");
            assert.ok(message);
            assert.equal(message.content.toString(), "42");
            channel.nack(message, false, true);
            await channel.close();
        });
    }

    /** The status that a refresh wrote into the state. */
    async function status(name: string): Promise<unknown> {
        const { deployment } = await project.exportState();
        return deployment.resources?.find(({ urn }) => urn.endsWith(`::${name}`) && /VmServer|VmUser/.test(urn))?.outputs?.status;
    }

    /** A refresh says what is wrong with which resource, a preview says what an up would do, an up does it, and the data are as before. */
    async function assertHealed(name: string, reported: RegExp): Promise<Finished> {
        await project.refresh();
        assert.match(String(await status(name)), reported);
        const previewed = await project.preview();
        assert.deepEqual(
            previewed.steps.filter(({ op }) => op === "update").map((step) => step.name),
            [name],
        );
        const healed = await project.up();
        assertNothingLost(healed);
        await assertDataIntact();
        assertUnchanged(await project.refresh());
        assertUnchanged(await project.up());
        return previewed;
    }

    const id = (name: string) => host.process.must(`cd /etc/pulumi-data-services && ls | grep ^${name}_ | sed s/.json//`).then((text) => text.trim());

    it("edited configuration of a database", async () => {
        const file = `/etc/postgresql/17/${await id("orders")}/conf.d/50-data-services.conf`;
        await host.process.must(`echo "work_mem = '1MB'" >> ${file}`);
        assertIncludes((await assertHealed("orders", /change \/etc\/postgresql/)).output, `the database "orders" on ${host.address}: `, `change ${file}`);
    });

    it("edited access rules of a database", async () => {
        await host.process.must(`echo "host all all 0.0.0.0/0 trust" >> /etc/postgresql/17/${await id("orders")}/pg_hba.conf`);
        await assertHealed("orders", /change \S+pg_hba\.conf/);
    });

    it("edited configuration of a cache and of a queue", async () => {
        await host.process.must(`sed -i 's/^maxmemory .*/maxmemory 1mb/' /etc/valkey/valkey-${await id("sessions")}.conf`);
        await assertHealed("sessions", /change \/etc\/valkey/);
        await host.process.must("echo 'heartbeat = 5' >> /etc/rabbitmq/conf.d/50-data-services.conf");
        await assertHealed("events", /change \/etc\/rabbitmq/);
    });

    it("stopped services", async () => {
        await host.process.must(`systemctl stop postgresql@17-${await id("orders")}`);
        await assertHealed("orders", /start postgresql@17-\S+ \(it is inactive\)/);
        await host.process.must(`systemctl disable --now valkey-server@${await id("sessions")}`);
        await assertHealed("sessions", /start valkey-server@/);
        await host.process.must("systemctl stop rabbitmq-server");
        await assertHealed("events", /start rabbitmq-server/);
    });

    it("dropped users", async () => {
        await host.process.must(`su postgres -c "psql -X -c 'DROP OWNED BY ${bindings.orders.username}' -d orders -c 'DROP ROLE ${bindings.orders.username}'"`);
        await assertHealed("orders-user", /can't log in/);
        await host.process.must(`rabbitmqctl --node rabbit@localhost delete_user ${bindings.events.username}`);
        await assertHealed("events-user", /can't log in/);
        const users = `/var/lib/valkey/${await id("sessions")}/users.acl`;
        await host.process.must(`sed -i '/^user ${bindings.sessions.username} /d' ${users} && systemctl restart valkey-server@${await id("sessions")}`);
        await assertHealed("sessions-user", /can't log in/);
    });

    it("dropped administrators", async () => {
        await host.process.must("su postgres -c \"psql -X -c 'ALTER ROLE data_services PASSWORD NULL'\"");
        await assertHealed("orders", /set the administrator's password/);
        await host.process.must("rabbitmqctl --node rabbit@localhost delete_user data_services");
        await assertHealed("events", /set the administrator's password/);
        const users = `/var/lib/valkey/${await id("sessions")}/users.acl`;
        await host.process.must(`sed -i '/^user data_services /d' ${users} && systemctl restart valkey-server@${await id("sessions")}`);
        await assertHealed("sessions", /restart valkey-server@\S+ for the administrator's user/);
    });

    it("a certificate that was exchanged for an expired one", async () => {
        const files: Readonly<Record<string, readonly [string, string, string]>> = {
            orders: [`/etc/postgresql/17/${await id("orders")}/server`, "postgres", `systemctl reload postgresql@17-${await id("orders")}`],
            sessions: [`/etc/valkey/tls-${await id("sessions")}/server`, "valkey", `systemctl restart valkey-server@${await id("sessions")}`],
            events: ["/etc/rabbitmq/data-services-tls/server", "rabbitmq", "systemctl restart rabbitmq-server"],
        };
        for (const [name, [file, owner, activate]] of Object.entries(files)) {
            const days = "-not_before 20200101000000Z -not_after 20200201000000Z";
            await host.process.must(
                `cd /root && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=old -keyout old.key -out old.crt ${days} 2>/dev/null && ` +
                    `cat old.crt > ${file}.crt && cat old.key > ${file}.key && chown ${owner} ${file}.* && ${activate}`,
            );
            await assertHealed(name, /change \S+server\.crt/);
        }
    });

    it("a reboot, after which everything is up by itself", async () => {
        const before = host.process.init;
        await host.process.run("systemctl reboot");
        await eventually("a new first process", () => host.process.init !== undefined && host.process.init !== before, 60);
        await eventually(
            "the services after the reboot",
            () =>
                assertDataIntact().then(
                    () => true,
                    () => false,
                ),
            90,
        );
        assertUnchanged(await project.refresh());
        assertUnchanged(await project.up());
    });

    it("a host that is away: a refresh says so, nothing is given up", async () => {
        await host.process.cut();
        try {
            await project.refresh();
            assert.match(String(await status("orders")), /doesn't answer within|can't be reached|closed the connection/);
        } finally {
            await host.process.mend();
        }
        await project.up();
        await assertDataIntact();
        assertUnchanged(await project.refresh());
    });

    it("a certificate near its end, which the next up renews while the old authority stays", async () => {
        const state = await project.exportState();
        const server = state.deployment.resources?.find(({ urn }) => urn.endsWith("::orders") && urn.includes("VmServer"));
        assert.ok(server?.outputs);
        server.outputs.certificate = await expiringCertificate();
        await project.importState(state);
        const before = bindings.orders.certificates;
        const { steps } = await project.up();
        assert.deepEqual(
            steps.filter(({ op }) => op === "update").map(({ name }) => name),
            ["orders"],
        );
        assert.equal((await project.outputs<Outputs>()).bindings.orders.certificates, before);
        await assertDataIntact();
        assertUnchanged(await project.up());
    });

    it("and leaves nothing behind when all is destroyed", async () => {
        await project.destroy();
        assert.deepEqual(await leftoversOn(host), []);
    });

    /** A certificate with a day left. */
    async function expiringCertificate(): Promise<string> {
        await host.process.must(
            "cd /root && openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -subj /CN=soon -keyout soon.key -out soon.crt -days 1 2>/dev/null",
        );
        return host.process.must("cat /root/soon.crt");
    }
});
