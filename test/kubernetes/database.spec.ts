import assert from "node:assert/strict";
import { assertIncludes, assertNothingLost, assertUnchanged } from "../support/assertions";
import { type Binding, query, value, withDatabase, withPlaintextDatabase } from "../support/clients";
import { Project } from "../support/engine";
import { clusterOrSkip, describeOnCluster, leftoversOf, newNamespace, removeNamespace, type TestCluster } from "../support/kubernetes";
import { eventually } from "../support/processes";
import { ClusterLook } from "./cloudnative-pg";

interface Outputs {
    readonly bindings: Readonly<Record<"orders" | "reports", Binding>>;
    readonly version: string;
}

const program = `
import { readFileSync } from "node:fs";
import { ManagedDatabase, exportBindings } from "pulumi-data-services";

const { args, reports } = JSON.parse(readFileSync("options.json", "utf8"));
const orders = new ManagedDatabase("orders", args);
export const bindings = exportBindings({ orders, reports: orders.bind("reports", reports) });
export const version = orders.version;
`;

/** One project in a namespace of its own, and the only way in which tests change it. */
class Place {
    cluster!: TestCluster;
    namespace!: string;
    project!: Project;
    look!: ClusterLook;
    /** As the last change left them. */
    orders!: Binding;
    reports!: Binding;
    private args: Readonly<Record<string, unknown>> = {};
    private reportsArgs: Readonly<Record<string, unknown>> = { access: "readonly" };

    async open(context: Mocha.Context, purpose: string, args: Readonly<Record<string, unknown>>): Promise<void> {
        context.timeout(45 * 60_000); // builds a cluster the first time
        this.cluster = await clusterOrSkip(context);
        this.namespace = await newNamespace(this.cluster, purpose);
        // The strictest of Kubernetes' own standards: pods that don't meet it are refused.
        await this.cluster.kubectl.must("label", "namespace", this.namespace, "pod-security.kubernetes.io/enforce=restricted");
        this.project = new Project({ program, name: purpose });
        this.look = new ClusterLook(this.cluster, this.namespace);
        this.args = args;
        this.environment();
    }

    environment(more: object = {}): void {
        this.project.environment({ database: { kubernetes: { ...this.cluster.settings, namespace: this.namespace, antiAffinity: "preferred", ...more } } });
    }

    /** Says what the next `up` shall make. */
    wish(args: Readonly<Record<string, unknown>> = {}, reports = this.reportsArgs): void {
        this.args = { ...this.args, ...args };
        this.reportsArgs = reports;
        this.project.write("options.json", JSON.stringify({ args: this.args, reports }));
    }

    async change(args: Readonly<Record<string, unknown>> = {}, reports = this.reportsArgs) {
        this.wish(args, reports);
        const finished = await this.project.up();
        await this.readBindings();
        return finished;
    }

    async readBindings(): Promise<void> {
        ({ orders: this.orders, reports: this.reports } = (await this.project.outputs<Outputs>()).bindings);
    }

    async close(): Promise<void> {
        await this.project?.remove();
        if (this.namespace !== undefined) {
            await removeNamespace(this.cluster, this.namespace);
            await this.look.removeVolumes();
        }
    }
}

describeOnCluster("a database of three servers in a cluster", function () {
    this.timeout(420_000);
    const place = new Place();
    const small = { version: "17", size: "nano", cpu: 0.1, tags: { team: "shop" } };

    before("provision", async function () {
        await place.open(this, "database", { ...small, durability: "critical" });
        await place.change();
        await query(place.orders, "CREATE TABLE mark (text text); INSERT INTO mark VALUES ('precious')");
    });

    after(() => place.close());

    it("runs what was asked for", async () => {
        const pods = await place.look.servers();
        assert.equal(pods.length, 3);
        for (const { spec, metadata } of pods) {
            const resources = { cpu: "100m", memory: "256Mi" };
            assert.deepEqual(spec.containers[0]?.resources, { limits: resources, requests: resources });
            assert.equal(metadata.labels.team, "shop");
        }
        const claims = await place.look.claims();
        assert.deepEqual(claims.map(({ status }) => status.capacity.storage).sort(), ["1Gi", "1Gi", "1Gi", "2Gi", "2Gi", "2Gi"]);
        assert.ok(claims.every(({ metadata }) => metadata.labels.team === "shop"));
        const { orders } = place;
        assert.equal(await value(orders, "SHOW data_checksums"), "on");
        assert.equal(await value(orders, "SELECT datlocprovider::text || datcollate FROM pg_database WHERE datname = current_database()"), "bC");
        assert.match(String(await value(orders, "SHOW synchronous_standby_names")), /^ANY 1 /);
        assert.equal(await value(orders, "SELECT count(*)::int FROM pg_extension WHERE extname = 'pg_stat_statements'"), 1);
        assert.equal(await value(orders, "SHOW shared_buffers"), "64MB");
    });

    it("reads from its standbys, by a name in the same certificate", async () => {
        const standby = { ...place.orders, uri: place.orders.uri.replace(place.orders.host, String(place.orders["reader-host"])) };
        assert.equal(await value(standby, "SELECT pg_is_in_recovery()"), true);
        assert.equal(await value(standby, "SELECT text FROM mark"), "precious");
        await assert.rejects(query(standby, "INSERT INTO mark VALUES ('no')"), { code: "25006" });
    });

    it("has an administrator who is no superuser and gets in by way of the API server only", async () => {
        const { orders } = place;
        const password = await place.look.adminPassword();
        const admin = { ...orders, uri: orders.uri.replace(/\/\/.*@/, `//data-services:${password}@`) };
        await assert.rejects(query(admin, "SELECT 1"), { code: "28000" });
        await assert.rejects(
            withPlaintextDatabase(orders, (client) => client.query("SELECT 1")),
            { code: "28000" },
        );
        const { rows } = await query(orders, "SELECT rolsuper, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = 'data-services'");
        assert.deepEqual(rows, [{ rolsuper: false, rolreplication: false, rolbypassrls: false }]);
        assert.ok(!JSON.stringify(await place.project.exportState()).includes(password));
    });

    it("has settings and memory in force on every server once up is over", async () => {
        const before = (await place.look.servers()).map(({ metadata }) => metadata.uid);
        assertNothingLost(await place.change({ memoryGb: 0.375, settings: { max_connections: "77", work_mem: "5MB" } }));
        for (const pod of await place.look.servers()) {
            assert.ok(!before.includes(pod.metadata.uid));
            assert.deepEqual(pod.spec.containers[0]?.resources.limits, { cpu: "100m", memory: "384Mi" });
            const figures = await place.look.psql(
                pod.metadata.name,
                "SELECT string_agg(setting, ' ' ORDER BY name) FROM pg_settings WHERE name ~ '^(max_connections|work_mem|shared_buffers)$'",
            );
            assert.equal(figures, "77 12288 5120", pod.metadata.name);
        }
        assertUnchanged(await place.project.up());
        assert.equal(await value(place.orders, "SELECT text FROM mark"), "precious");
    });

    it("loses nothing that it acknowledged when its primary is killed in the middle of up, and the next up converges", async () => {
        await query(place.orders, "CREATE TABLE written (id int PRIMARY KEY)");
        const acknowledged: number[] = [];
        let over = false;
        const writing = (async () => {
            for (let id = 0; !over; id += 1) {
                await query(place.orders, "INSERT INTO written VALUES ($1)", [id]).then(
                    () => acknowledged.push(id),
                    () => new Promise((resolve) => setTimeout(resolve, 200)),
                );
            }
        })();
        const primary = await place.look.primary();
        place.wish({ storageGb: 2, settings: { work_mem: "6MB" } });
        const run = await place.project.start("up");
        await eventually("the change of the Cluster", () => run.events().some((event) => event.resOutputsEvent?.metadata.type.endsWith(":Cluster")), 90);
        const killedAfter = acknowledged.length;
        await place.look.kill(primary);
        await run.finished;
        await place.project.up();
        await place.readBindings();
        await eventually("writes after the failover", () => acknowledged.length > killedAfter + 20, 60);
        over = true;
        await writing;
        const { rows } = await query(place.orders, "SELECT id FROM written");
        const found = new Set(rows.map(({ id }) => id as number));
        assert.deepEqual(
            acknowledged.filter((id) => !found.has(id)),
            [],
        );
        assert.notEqual(await place.look.primary(), undefined);
        assert.equal((await place.look.servers()).length, 3);
        assert.equal(await value(place.orders, "SHOW work_mem"), "6MB");
        assertUnchanged(await place.project.up());
    });

    it("has grown its volumes online", async () => {
        const claims = await place.look.claims();
        assert.deepEqual(new Set(claims.map(({ status }) => status.capacity.storage)), new Set(["2Gi"]));
        place.wish({ storageGb: 1 });
        assertIncludes((await place.project.fails("preview")).output, "storageGb", "storage never shrinks");
        place.wish({ storageGb: 2 });
    });

    it("has one server less to lose once it is only standard, and keeps its data", async () => {
        assertNothingLost(await place.change({ durability: "standard" }));
        assert.equal((await place.look.servers()).length, 1);
        assert.equal(place.orders["reader-host"], undefined);
        assert.equal(await value(place.orders, "SHOW synchronous_standby_names"), "");
        assert.equal(await value(place.orders, "SELECT text FROM mark"), "precious");
    });

    it("refuses a destroy, and nobody loses access", async () => {
        assertIncludes((await place.project.fails("destroy")).output, "cannot be deleted");
        assert.equal(await value(place.orders, "SELECT text FROM mark"), "precious");
        await place.project.up();
        await place.readBindings();
        assert.equal(await value(place.orders, "SELECT text FROM mark"), "precious");
    });

    it("keeps its volumes when it is deleted, and a server starts from them", async () => {
        await place.project.unprotect();
        const { output } = await place.project.destroy();
        const volumes = await place.look.volumes();
        assert.deepEqual(volumes.map(({ status, spec }) => `${status.phase} ${spec.persistentVolumeReclaimPolicy}`).sort(), [
            "Released Retain",
            "Released Retain",
        ]);
        assertIncludes(output, "were kept", ...volumes.map(({ metadata }) => metadata.name));
        assert.equal(await place.look.readKept(volumes, "orders", "SELECT text FROM mark"), "precious");
    });
});

describeOnCluster("a database behind PgBouncer", function () {
    this.timeout(420_000);
    const place = new Place();
    const hostname = "orders.example.test";

    before("a place", async function () {
        await place.open(this, "pooled", { version: "15", size: "nano", cpu: 0.1, durability: "ephemeral" });
    });

    after(() => place.close());

    it("is refused at preview where the cluster lacks what backups need", async () => {
        place.wish();
        place.environment({ backups: { volumeSnapshot: {} } });
        const snapshots = (await place.project.fails("preview")).output;
        assertIncludes(snapshots, 'the database "orders"', "knows no VolumeSnapshotClass (snapshot.storage.k8s.io/v1)", "or remove backups");
        place.environment({ backups: { barmanCloud: { objectStore: "store" } } });
        const archive = (await place.project.fails("preview")).output;
        assertIncludes(archive, 'the database "orders"', "knows no ObjectStore (barmancloud.cnpg.io/v1)", "or remove backups");
        assert.deepEqual(await leftoversOf(place.cluster, place.namespace, 0), []);
    });

    it("takes its clients there, encrypted only, and gives each the session that its user has", async () => {
        place.environment({ pooler: { instances: 1 } });
        await place.change();
        const { orders, reports } = place;
        assert.match(orders.host, /-pooler\./);
        await query(orders, "CREATE TABLE items (name text); INSERT INTO items VALUES ('first')");
        await withDatabase(orders, (client) => client.query("SET ROLE NONE; SET statement_timeout = 1234"));
        assert.equal(await value(orders, "SELECT current_user || ' ' || current_setting('statement_timeout')"), "orders:readwrite 0");
        assert.equal(await value(reports, "SELECT name FROM items"), "first");
        await assert.rejects(query(reports, "INSERT INTO items VALUES ('no')"), { code: "25006" });
        await assert.rejects(
            withPlaintextDatabase(orders, (client) => client.query("SELECT 1")),
            /SSL required/,
        );
        await assert.rejects(query({ ...orders, uri: orders.uri.replace(orders.password, "wrong") }, "SELECT 1"), /authentication failed/);
        assertUnchanged(await place.project.up());
    });

    it("has other rights, and passwords, in force at once although PgBouncer keeps sessions", async () => {
        await place.change({}, { password: "another", access: "readwrite" });
        await query(place.reports, "INSERT INTO items VALUES ('by reports')");
        assert.equal(await value(place.orders, "SELECT tableowner FROM pg_tables WHERE tablename = 'items'"), "orders:readwrite");
        const old = place.reports;
        await place.change({}, { password: "a third", access: "readonly" });
        await assert.rejects(query(place.reports, "INSERT INTO items VALUES ('no')"), { code: "25006" });
        await assert.rejects(query(old, "SELECT 1"), /authentication failed/);
    });

    it("is reachable from outside where the environment says so, by a name in the certificate, and no longer through PgBouncer where it is gone", async () => {
        const external = { orders: { type: "NodePort", hostname, allowedCidrs: ["10.0.0.0/8"] } };
        for (const settings of [{ external, pooler: { instances: 1 } }, { external }]) {
            place.environment(settings);
            assertNothingLost(await place.change());
            assert.equal(place.orders.host, hostname);
            assert.ok(place.orders.port >= 30_000);
            const host = await place.look.nodeAddress();
            const ssl = { ca: place.orders.certificates, servername: hostname };
            assert.equal(await place.look.valueAt({ ...place.orders, host }, ssl, "SELECT name FROM items LIMIT 1"), "first");
        }
        place.environment();
        await place.change();
        assert.match(place.orders.host, /-rw\./);
        assert.equal(await value(place.orders, "SELECT count(*)::int FROM items"), 2);
        assert.deepEqual(await place.look.names("poolers.postgresql.cnpg.io,deployments,poddisruptionbudgets"), []);
    });

    it("says which settings the server refuses, goes on with those before, and takes better ones", async () => {
        place.wish({ settings: { work_mem: "lots", wrk_mem: "1MB" } });
        const { output } = await place.project.fails("up");
        assertIncludes(output, 'the database "orders"', 'settings.work_mem = "lots"', 'settings.wrk_mem = "1MB" (unrecognized configuration parameter)');
        assert.equal(await value(place.orders, "SHOW work_mem"), "4MB");
        await place.change({ settings: { work_mem: "6MB" } });
        assert.equal(await value(place.orders, "SHOW work_mem"), "6MB");
    });

    it("moves to another major version only when asked to, and back where that failed", async () => {
        place.wish({ version: "17" });
        assertIncludes((await place.project.fails("preview")).output, "runs version 15", "allowMajorUpgrade: true");
        place.wish({ allowMajorUpgrade: true });
        const { code, output } = await (await place.project.start("up")).finished;
        if (code !== 0) {
            // The test cluster's images are of different releases of Debian.
            assertIncludes(output, "the upgrade fails and left the data as they were", 'Set version: "15" to go back');
            assertNothingLost(await place.change({ version: "15" }));
        }
        const { version } = await place.project.outputs<Outputs>();
        assert.match(version, code === 0 ? /^17\./ : /^15\./);
        assert.equal(await value(place.orders, "SELECT count(*)::int FROM items"), 2);
        await place.change({ allowMajorUpgrade: false });
        assertUnchanged(await place.project.up());
    });

    it("has another database under another name when the loss is accepted, and the old one stays", async () => {
        place.wish({ databaseName: "shop" });
        await place.project.fails("preview");
        await place.change({ databaseName: "shop", allowDataLoss: ["name-change"] });
        assert.equal(place.orders.database, "shop");
        await query(place.orders, "CREATE TABLE items (name text)");
        assert.equal(await value(place.orders, "SELECT tableowner FROM pg_tables WHERE tablename = 'items'"), "shop:readwrite");
        assert.equal(await value(place.orders, "SELECT count(*)::int FROM pg_database WHERE datname = 'orders'"), 1);
    });

    it("is destroyed clean", async () => {
        await place.project.destroy();
        assert.deepEqual(await leftoversOf(place.cluster, place.namespace), []);
    });
});
