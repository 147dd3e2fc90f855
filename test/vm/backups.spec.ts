import assert from "node:assert/strict";
import { ask } from "../../providers/vm/server/agent";
import type { VmServerInputs } from "../../providers/vm/server/server-provider";
import type { TestHost } from "../../tools/hosts";
import { hostOrSkip, leftoversOn, serverInputs, serverSecrets } from "../support/hosts";

describe("backups of a database on a host", function () {
    this.timeout(10 * 60_000);
    let host: TestHost;
    let inputs: VmServerInputs;
    let secrets: Awaited<ReturnType<typeof serverSecrets>>;
    const scripts = "/usr/local/lib/pulumi-data-services/orders_database";
    const directory = "/var/backups/postgresql";
    const timer = "data-services-backup-orders_database";

    before(async function () {
        this.timeout(20 * 60_000); // makes the tree the first time
        host = await hostOrSkip(this, { slot: 25, release: "bookworm", fresh: true });
        inputs = serverInputs(host, "database", { backups: { schedule: "*-*-* 02:00:00", keep: 2, directory } });
        secrets = await serverSecrets(host.address);
        await apply();
    });

    after(async () => {
        await host?.process.stop(true);
    });

    const apply = (more: Partial<VmServerInputs> = {}) => ask(inputs.access, inputs, "apply", { ...inputs, ...more, ...secrets });
    const verify = () => ask(inputs.access, inputs, "verify", { ...inputs, ...secrets });
    const sql = async (text: string) => (await host.process.must(`su postgres -c "psql -p 5432 -XAtc \\"${text}\\""`)).trim();
    const bases = async () => (await host.process.must(`ls ${directory}/orders_database/base`)).trim().split("\n");
    const backUp = () => host.process.must(`sleep 1; systemctl start ${timer}.service`);

    it("are made at once, and then by a timer", async () => {
        assert.equal((await bases()).length, 1);
        assert.match(await host.process.must(`systemctl show --property NextElapseUSecRealtime ${timer}.timer`), /02:00:00/);
        assert.deepEqual(await verify(), { changes: [] });
    });

    it("can only be read by the server's own user", async () => {
        assert.equal((await host.process.must(`stat -c '%a %U' ${directory}/orders_database`)).trim(), "700 postgres");
    });

    it("lead back to a moment", async () => {
        await sql("CREATE TABLE kept AS SELECT 42 AS answer");
        await host.process.must("sleep 2");
        const moment = await sql("SELECT now()");
        await host.process.must("sleep 2");
        await sql("DROP TABLE kept");
        await sql("CREATE TABLE later AS SELECT 1");
        await host.process.must(`${scripts}/restore '${moment}'`);
        assert.equal(await sql("SELECT answer FROM kept"), "42");
        assert.equal(await sql("SELECT to_regclass('later') IS NULL"), "t");
        assert.equal(await sql("SHOW restore_command"), "");
        // It is the server that was declared, and goes on.
        await sql("INSERT INTO kept VALUES (43)");
        assert.deepEqual(await verify(), { changes: [] });
        assert.deepEqual((await apply()).changes, []);
    });

    it("lead back to the last moment, also in the history that began with a restore", async () => {
        await sql("INSERT INTO kept VALUES (44)");
        await host.process.must(`${scripts}/restore`);
        assert.equal(await sql("SELECT string_agg(answer::text, ',' ORDER BY answer) FROM kept"), "42,43,44");
        assert.deepEqual(await verify(), { changes: [] });
    });

    it("say so when there is none from before a moment, and leave the server alone", async () => {
        const { ok, tail } = await host.process.run(`${scripts}/restore '2020-01-01 00:00:00+00'`);
        assert.equal(ok, false);
        assert.match(tail, /there is no backup from before 20200101T000000Z/);
        assert.equal(await sql("SELECT count(*) FROM kept"), "3");
    });

    it("go when there are newer ones, and with them the log that nobody needs", async () => {
        const before = await bases();
        await backUp();
        await backUp();
        const after = await bases();
        assert.equal(after.length, 2);
        assert.ok(after.every((name) => !before.slice(0, -1).includes(name)));
        const first = await host.process.must(
            `cd ${directory}/orders_database && tar -xzOf base/${after[0]}/base.tar.gz backup_label | sed -n 's/.*(file \\(.*\\))$/\\1/p'`,
        );
        const segments = (await host.process.must(`ls ${directory}/orders_database/wal`)).split("\n").filter((name) => /^[0-9A-F]{24}$/.test(name));
        assert.ok(segments.length > 0 && segments.every((name) => name.slice(8) >= first.trim().slice(8)), `${first} ${segments}`);
    });

    it("are drift when somebody stops their timer", async () => {
        await host.process.must(`systemctl disable --now ${timer}.timer`);
        assert.deepEqual(await verify(), { changes: [`start ${timer}.timer`] });
        await apply();
        assert.deepEqual(await verify(), { changes: [] });
    });

    it("come at another time as soon as that is declared", async () => {
        await apply({ backups: { schedule: "*-*-* 03:00:00", keep: 2, directory } });
        assert.match(await host.process.must(`systemctl show --property NextElapseUSecRealtime ${timer}.timer`), /03:00:00/);
        await apply();
    });

    it("refuse a schedule that systemd doesn't understand", async () => {
        const backups = { schedule: "every full moon", keep: 2, directory };
        await assert.rejects(apply({ backups }), /backups\.schedule: systemd doesn't understand "every full moon"/);
        await apply();
        assert.deepEqual(await verify(), { changes: [] });
    });

    it("stay when they are switched off, and go with throw-away data", async () => {
        const { backups: _, ...without } = inputs;
        await ask(inputs.access, inputs, "apply", { ...without, ...secrets });
        assert.equal(await sql("SHOW archive_mode"), "off");
        assert.equal((await bases()).length, 2);
        await apply();
        await ask(inputs.access, inputs, "destroy", { ...inputs, ...secrets, purge: true });
        assert.deepEqual(await leftoversOn(host), []);
        assert.equal((await host.process.must(`ls -d ${directory}/* ${scripts} /etc/systemd/system/data-services-* 2>/dev/null || true`)).trim(), "");
    });
});
