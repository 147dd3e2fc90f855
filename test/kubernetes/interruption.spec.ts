import assert from "node:assert/strict";
import { killDaemon } from "../../tools/cluster";
import { assertUnchanged } from "../support/assertions";
import { type Binding, query, value, withCache, withQueue } from "../support/clients";
import { Project, type Run } from "../support/engine";
import { clusterOrSkip, describeOnCluster, newNamespace, removeNamespace, skipSuite, type TestCluster } from "../support/kubernetes";
import { eventually } from "../support/processes";

interface Outputs {
    readonly bindings: Readonly<Record<"orders" | "events" | "sessions", Binding>>;
}

/** Settings of the servers themselves. */
interface Settings {
    readonly database: Readonly<Record<string, string>>;
    readonly queue: Readonly<Record<string, string>>;
    readonly cache: Readonly<Record<string, string>>;
}

const program = `
import { readFileSync } from "node:fs";
import { exportBindings, ManagedCache, ManagedDatabase, ManagedQueue } from "pulumi-data-services";

const { database, queue, cache } = JSON.parse(readFileSync("settings.json", "utf8"));
const orders = new ManagedDatabase("orders", { version: "17", settings: database });
const events = new ManagedQueue("events", { settings: queue });
const sessions = new ManagedCache("sessions", { settings: cache });
export const bindings = exportBindings({ orders, events, sessions });
`;

describeOnCluster("an up in whose middle a part of the cluster dies", function () {
    this.timeout(25 * 60_000); // three runs with restarts of all servers, on a busy machine
    let cluster: TestCluster;
    let namespace: string;
    let project: Project;

    before("a place", async function () {
        this.timeout(45 * 60_000); // builds a cluster the first time
        cluster = await clusterOrSkip(this);
        if (cluster.cluster.source !== "built") {
            skipSuite(this, "operators and API server of somebody else's cluster are not ours to kill");
        }
        namespace = await newNamespace(cluster, "dying");
        project = new Project({ program, name: "dying" });
        const kubernetes = { kubernetes: { ...cluster.settings, namespace } };
        project.environment({ database: kubernetes, queue: kubernetes, cache: kubernetes, defaults: { durability: "ephemeral", size: "nano" } });
    });

    after(async () => {
        await project?.remove();
        if (namespace !== undefined) {
            await removeNamespace(cluster, namespace);
        }
    });

    it("is made good by the next one, when it was the first and the API server died", async () => {
        wish(5);
        const run = await project.start("up");
        await begun(run, "create");
        killApiServer();
        await converges(run, 5);
        await write();
    });

    it("loses nothing, and the next one converges, when the pods of all servers died, all operators and the API server", async () => {
        wish(6);
        const run = await project.start("up");
        await begun(run, "update");
        await killPods(namespace);
        await killPods("cnpg-system");
        await killPods("rabbitmq-system");
        killApiServer();
        await converges(run, 6);
        await assertKept();
    });

    it("is destroyed to the end", async () => {
        await project.destroy();
    });

    function killApiServer(): void {
        assert.equal(killDaemon("kube-apiserver"), 1);
    }

    async function killPods(where: string): Promise<void> {
        await cluster.kubectl.must("--namespace", where, "delete", "pods", "--all", "--grace-period=0", "--force", "--wait=false");
    }

    /** Other settings for all three servers. */
    function wish(megabytes: number): void {
        const settings: Settings = {
            database: { work_mem: `${megabytes}MB` },
            queue: { consumer_timeout: String(megabytes * 1_000_000) },
            cache: { "hash-max-listpack-entries": String(megabytes) },
        };
        project.write("settings.json", JSON.stringify(settings));
    }

    /** The objects of the servers were written, and the engine waits for what becomes of them. */
    async function begun(run: Run, op: "create" | "update"): Promise<void> {
        const isBegun = () =>
            run.events().some(({ resourcePreEvent: event }) => event?.metadata.type.endsWith(":KubernetesServer") && event.metadata.op === op);
        await eventually(`the ${op} of a server`, () => isBegun() || run.isOver(), 180);
        assert.ok(isBegun(), "the run was over before a server was waited for");
    }

    /** Whether the interrupted run itself got over it or not: the one after it does, and then there is nothing to do. */
    async function converges(run: Run, megabytes: number): Promise<void> {
        await run.finished;
        await project.up();
        assertUnchanged(await project.up());
        const { orders, events, sessions } = await bindings();
        assert.equal(await value(orders, "SHOW work_mem"), `${megabytes}MB`);
        assert.equal(await withQueue(events, async () => "answers"), "answers");
        assert.equal(await withCache(sessions, (client) => client.ping()), "PONG");
    }

    async function bindings(): Promise<Outputs["bindings"]> {
        return (await project.outputs<Outputs>()).bindings;
    }

    async function write(): Promise<void> {
        const { orders, events, sessions } = await bindings();
        await query(orders, "CREATE TABLE mark (text text); INSERT INTO mark VALUES ('kept')");
        await withCache(sessions, (client) => client.set("mark", "kept"));
        await withQueue(events, async (connection) => {
            const channel = await connection.createConfirmChannel();
            await channel.assertQueue("marks", { durable: true });
            channel.sendToQueue("marks", Buffer.from("kept"), { persistent: true });
            await channel.waitForConfirms();
        });
    }

    async function assertKept(): Promise<void> {
        const { orders, events, sessions } = await bindings();
        assert.equal(await value(orders, "SELECT text FROM mark"), "kept");
        assert.equal(await withCache(sessions, (client) => client.get("mark")), "kept");
        const message = await withQueue(events, async (connection) => {
            const channel = await connection.createChannel();
            // Not acknowledged: it goes back to the queue for the next time.
            return channel.get("marks", { noAck: false });
        });
        assert.equal(message === false ? undefined : message.content.toString(), "kept");
    }
});
