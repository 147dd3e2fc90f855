import assert from "node:assert/strict";
import { VmServerProvider } from "../../providers/vm/server";
import { type AgentAnswers, ask } from "../../providers/vm/server/agent";
import type { VmServerInputs } from "../../providers/vm/server/server-provider";
import { ensureHost, type TestHost } from "../../tools/hosts";
import { hostOrSkip, leftoversOn, serverInputs, serverSecrets } from "../support/hosts";
import { eventually } from "../support/processes";

const slot = 22;
const release = "trixie";

/** When a first `apply` of a database is ended: in the order in which the moments come, each told by the host. */
const moments: Readonly<Record<string, string>> = {
    "while packages are being installed": "pgrep -x dpkg",
    "when the package is there": "test -e /usr/lib/postgresql/17/bin/postgres",
    "when the cluster is begun": "test -e /etc/pulumi-data-services/orders_database.json",
    "during initdb": "pgrep -x initdb || pgrep -f [p]g_createcluster",
    "when the data are there": "test -e /var/lib/postgresql/17/orders_database/PG_VERSION",
    "when the configuration is being written": "test -e /etc/postgresql/17/orders_database/server.crt",
    "when the configuration is written": "test -e /etc/postgresql/17/orders_database/conf.d/50-data-services.conf",
    "when the server starts": "test -e /var/lib/postgresql/17/orders_database/postmaster.pid",
};

describe("trouble in the middle of an apply", function () {
    this.timeout(10 * 60_000);
    let host: TestHost;
    let inputs: VmServerInputs;
    let secrets: Awaited<ReturnType<typeof serverSecrets>>;

    before(async function () {
        this.timeout(20 * 60_000); // makes the tree the first time
        host = await hostOrSkip(this, { slot, release, fresh: true });
        inputs = serverInputs(host, "database");
        secrets = await serverSecrets(host.address);
    });

    after(async () => {
        await host?.process.stop(true);
    });

    const apply = (more: Partial<VmServerInputs> = {}): Promise<AgentAnswers["apply"]> =>
        ask(inputs.access, inputs, "apply", { ...inputs, ...more, ...secrets });
    const verify = () => ask(inputs.access, inputs, "verify", { ...inputs, ...secrets });
    const destroy = () => ask(inputs.access, inputs, "destroy", { ...inputs, ...secrets, purge: true });
    const sql = (text: string) => host.process.must(`su postgres -c "psql -p 5432 -XAtc \\"${text}\\""`);

    /** The server answers, as declared, and there is nothing more to do. */
    async function assertConverged(): Promise<void> {
        await apply();
        assert.deepEqual(await verify(), { changes: [] });
        assert.equal((await sql("SHOW shared_buffers")).trim(), "32MB");
        assert.equal((await sql("SHOW ssl")).trim(), "on");
    }

    for (const [moment, sign] of Object.entries(moments)) {
        it(`converges after its agent was killed ${moment}`, async () => {
            if (moment.includes("package")) {
                await host.process.run("DEBIAN_FRONTEND=noninteractive apt-get purge -y -q 'postgresql*'; rm -rf /etc/postgresql* /var/lib/postgresql");
            }
            const applied = apply().catch((error: Error) => error);
            // The whole of it on the host, so that no time passes between the sign and the end: with all that it started, as a crash does it.
            const end = `i=0; until { ${sign}; } >/dev/null 2>&1; do i=$((i+1)); [ $i -lt 6000 ] || exit 1; sleep 0.01; done; pkill -KILL -f '[p]ython3 -I -'; pkill -KILL -x 'dpkg|apt-get|initdb'; pkill -KILL -f [p]g_createcluster; true`;
            await host.process.must(end);
            const outcome = await applied;
            assert.ok(outcome instanceof Error, "the apply was over before the moment came");
            await assertConverged();
            await destroy();
            assert.deepEqual(await leftoversOn(host), []);
        });
    }

    it("waits for what a killed agent had started, and begins anew then", async () => {
        const applied = apply().catch((error: Error) => error);
        await host.process.must("until pgrep -f [p]g_createcluster >/dev/null; do sleep 0.01; done; pkill -KILL -f '[p]ython3 -I -'");
        assert.ok((await applied) instanceof Error);
        await assertConverged();
        await destroy();
        assert.deepEqual(await leftoversOn(host), []);
    });

    it("converges after the host lost its power while the server started, and keeps what was there before", async () => {
        await apply();
        await sql("CREATE TABLE kept AS SELECT 42 AS answer");
        const applied = apply({ settings: { ...inputs.settings, shared_buffers: "48MB" } }).catch((error: Error) => error);
        await host.process.must("until grep -q 48MB /etc/postgresql/17/orders_database/conf.d/50-data-services.conf; do sleep 0.01; done");
        await host.process.stop(false);
        assert.ok((await applied) instanceof Error);
        await ensureHost({ slot, release });
        await eventually("the database after the power cut", async () => (await host.process.run("systemctl is-active postgresql@17-orders_database")).ok, 60);
        await assertConverged();
        assert.equal((await sql("SELECT answer FROM kept")).trim(), "42");
    });

    it("puts into force what a killed agent had only written", async () => {
        const applied = apply({ settings: { ...inputs.settings, work_mem: "5MB" } }).catch((error: Error) => error);
        await host.process.must(
            "until grep -q work_mem /etc/postgresql/17/orders_database/conf.d/50-data-services.conf; do :; done; pkill -KILL -f '[p]ython3 -I -'",
        );
        await applied;
        await apply({ settings: { ...inputs.settings, work_mem: "5MB" } });
        assert.equal((await sql("SHOW work_mem")).trim(), "5MB");
        await assertConverged();
    });

    it("goes on without the network, and the next one waits for it", async () => {
        await destroy();
        const applied = apply().catch((error: Error) => error);
        await host.process.must("until test -e /etc/pulumi-data-services/orders_database.json; do sleep 0.01; done");
        await host.process.cut();
        await new Promise((resolve) => setTimeout(resolve, 1000));
        await host.process.mend();
        await assertConverged();
        await applied;
    });

    it("lets concurrent changes of one host wait for each other", async () => {
        const cache = serverInputs(host, "cache");
        const both = await Promise.all([apply(), ask(cache.access, cache, "apply", { ...cache, ...secrets }), apply()]);
        assert.equal(both.length, 3);
        await assertConverged();
        await ask(cache.access, cache, "destroy", { ...cache, ...secrets, purge: true });
    });

    it("leaves a server alone whose new settings are refused, with the old ones in force", async () => {
        const before = await host.process.must("sha256sum /etc/postgresql/17/orders_database/conf.d/50-data-services.conf");
        await assert.rejects(
            apply({ settings: { ...inputs.settings, work_mem: "plenty" } }),
            /settings: PostgreSQL refuses them, so they were not applied: .*work_mem/s,
        );
        assert.equal(await host.process.must("sha256sum /etc/postgresql/17/orders_database/conf.d/50-data-services.conf"), before);
        await assertConverged();
    });

    it("gives a server its old configuration back that doesn't come up with the new one", async () => {
        await assert.rejects(
            apply({ settings: { ...inputs.settings, shared_preload_libraries: "no_such_library" } }),
            /didn't come up with the new configuration, so it runs with the old one again.*no_such_library/s,
        );
        assert.equal((await sql("SHOW shared_preload_libraries")).trim(), "");
        await assertConverged();
    });

    it("waits with a restart until that is allowed", async () => {
        const larger = { settings: { ...inputs.settings, shared_buffers: "48MB" }, restart: false };
        assert.deepEqual((await apply(larger)).pendingRestart, ["shared_buffers"]);
        assert.equal((await sql("SHOW shared_buffers")).trim(), "32MB");
        assert.deepEqual((await apply({ ...larger, restart: true })).pendingRestart, []);
        assert.equal((await sql("SHOW shared_buffers")).trim(), "48MB");
        await assertConverged();
    });

    it("keeps the data of a deleted server, after a final dump, unless they are throw-away", async () => {
        await sql("CREATE TABLE IF NOT EXISTS kept AS SELECT 42 AS answer");
        const provider = new VmServerProvider();
        const state = {
            ...inputs,
            ...secrets,
            authorityKey: "",
            durability: "standard",
            actualPort: 5432,
            adminPort: 5432,
            runningVersion: "17",
            status: "ready",
        } as const;
        await provider.delete("orders_database", state);
        assert.equal((await host.process.must("systemctl is-active postgresql@17-orders_database || true")).trim(), "inactive");
        assert.match(await host.process.must("zcat /var/backups/pulumi-data-services/orders_database-*.sql.gz"), /CREATE TABLE public\.kept/);
        assert.match(await host.process.must("stat -c '%a %U' /var/backups/pulumi-data-services/*"), /^600 root$/m);
        // Once more is no harm, and the way back is short.
        await provider.delete("orders_database", state);
        await assertConverged();
        assert.equal((await sql("SELECT answer FROM kept")).trim(), "42");
        await host.process.must("rm -r /var/backups/pulumi-data-services");
        await provider.delete("orders_database", { ...state, durability: "ephemeral" });
        assert.deepEqual(await leftoversOn(host), []);
    });

    it("refuses to make a database anew in place of data that are gone", async () => {
        await apply();
        await host.process.must("systemctl stop postgresql@17-orders_database; mv /var/lib/postgresql/17/orders_database /root/away");
        await assert.rejects(apply(), /aren't in \/var\/lib\/postgresql\/17\/orders_database any more.*nothing is made anew/s);
        await host.process.must("mv /root/away /var/lib/postgresql/17/orders_database");
        await assertConverged();
    });

    it("says who holds the lock of apt, and makes nothing half", async function () {
        this.timeout(120_000);
        const queue = serverInputs(host, "queue");
        // The real patience is five minutes.
        const holder = `exec python3 -c "import fcntl, time; f = open('/var/lib/dpkg/lock-frontend', 'w'); fcntl.lockf(f, fcntl.LOCK_EX); time.sleep(100)"`;
        const held = host.process.run(holder);
        await eventually("the lock of apt to be held", async () => (await host.process.run("pgrep -f [l]ock-frontend")).ok, 20);
        await assert.rejects(
            ask(queue.access, queue, "apply", { ...queue, ...secrets, aptSeconds: 3 }),
            /another program \(process \d+, python3\S*\) installs packages on the host for more than 3 s\. Wait until it is done/,
        );
        await host.process.must("pkill -f [l]ock-frontend; true");
        await held;
        assert.equal((await host.process.must("ls /etc/rabbitmq /var/lib/rabbitmq 2>/dev/null || true")).trim(), "");
    });

    it("says that the disk is full, and the server runs on with what it had", async () => {
        // A small disk of its own in place of the folder of configuration.
        await host.process.must(
            "cp -a /etc/postgresql /root/configuration && mount -t tmpfs -o size=200k tmpfs /etc/postgresql && cp -a /root/configuration/. /etc/postgresql/",
        );
        await host.process.run("dd if=/dev/zero of=/etc/postgresql/filler bs=1k count=1000 2>/dev/null");
        const before = await host.process.must("sha256sum /etc/postgresql/17/orders_database/conf.d/50-data-services.conf");
        await assert.rejects(apply({ settings: { ...inputs.settings, work_mem: "5MB" } }), /No space left on device/);
        assert.equal(await host.process.must("sha256sum /etc/postgresql/17/orders_database/conf.d/50-data-services.conf"), before);
        assert.equal((await sql("SHOW work_mem")).trim(), "4MB");
        await host.process.must("umount /etc/postgresql");
        await assertConverged();
    });
});
