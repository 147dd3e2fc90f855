import assert from "node:assert/strict";
import { request } from "node:https";
import amqplib, { type ConfirmChannel } from "amqplib";
import { assertIncludes, assertNothingLost, assertUnchanged } from "../support/assertions";
import { type Binding, withQueue } from "../support/clients";
import { Project } from "../support/engine";
import { clusterOrSkip, describeOnCluster, newNamespace, removeNamespace, type TestCluster } from "../support/kubernetes";
import { eventually } from "../support/processes";

interface Outputs {
    readonly bindings: Readonly<Record<"events" | "reader", Binding>>;
    readonly version: string;
}

interface PodFacts {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly spec: { readonly containers: readonly { readonly name: string; readonly resources: unknown }[] };
    readonly status: { readonly containerStatuses?: readonly { readonly restartCount: number; readonly ready: boolean }[] };
}

/** As long as a name may be. */
const service = "events-of-everything-that-the-shop-sells-in-a-year-and-a-day-xx";
const hostname = "events.example.test";
const operator = ["--namespace", "rabbitmq-system", "--selector", "app.kubernetes.io/name=rabbitmq-cluster-operator"];

const program = `
import { readFileSync } from "node:fs";
import { ManagedQueue, exportBindings } from "pulumi-data-services";

const events = new ManagedQueue("${service}", JSON.parse(readFileSync("args.json", "utf8")));
export const bindings = exportBindings({ events, reader: events.bind("reader", { access: "readonly" }) });
export const version = events.version;
`;

describeOnCluster("a queue in a cluster", function () {
    this.timeout(300_000);
    let cluster: TestCluster;
    let namespace: string;
    let project: Project;
    let main: Binding;
    let args: Readonly<Record<string, unknown>> = { size: "nano", vhost: "shop" };

    before("provision", async function () {
        this.timeout(45 * 60_000); // builds a cluster the first time
        cluster = await clusterOrSkip(this);
        namespace = await newNamespace(cluster, "queue");
        // The strictest of Kubernetes' own standards: pods that don't meet it are refused.
        await cluster.kubectl.must("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted");
        project = new Project({ program, name: "queue" });
        place();
        await change({});
        main = (await outputs()).bindings.events;
    });

    after(async () => {
        await project?.remove();
        if (namespace !== undefined) {
            await removeNamespace(cluster, namespace);
            await removeVolumes();
        }
    });

    it("runs what was asked for, and says so", async () => {
        assert.match((await outputs()).version, /^[34]\.\d+\.\d+/);
        const [one, ...more] = await pods();
        assert.deepEqual(more, []);
        const resources = one?.spec.containers.find(({ name }) => name === "rabbitmq")?.resources;
        assert.deepEqual(resources, { limits: { cpu: "250m", memory: "512Mi" }, requests: { cpu: "250m", memory: "512Mi" } });
        assert.equal(main.host, `${one?.metadata.name.replace(/-server-0$/, "")}.${namespace}.svc`);
        assert.equal(main.port, 5671);
        assertUnchanged(await project.up());
    });

    it("offers nothing that isn't encrypted", async () => {
        const { items } = JSON.parse(await get("service")) as { items: { metadata: { name: string }; spec: { ports: { port: number }[] } }[] };
        const ports = items.filter(({ metadata }) => !metadata.name.endsWith("-nodes")).flatMap(({ spec }) => spec.ports.map(({ port }) => port));
        assert.deepEqual(ports.sort(), [15671, 15691, 5671]);
        for (const port of [5672, 15672, 15692]) {
            const answer = await cluster.kubectl.run(
                ...["--namespace", namespace, "exec", (await podNumber("0")).metadata.name, "--container", "rabbitmq", "--"],
                ...["bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${port}`],
            );
            assert.match(answer.tail, /Connection refused/, String(port));
        }
    });

    it("lets its administrator in by way of the API server only", async () => {
        const { username, password } = await administrator();
        assert.equal(username, "data-services");
        assert.equal(await managementStatus(main, username, password), 401);
        const uri = main.uri.replace(/\/\/.*@/, `//${username}:${password}@`);
        await assert.rejects(
            withQueue(main, async () => undefined, uri),
            /ACCESS[-_]REFUSED/,
        );
        // The same password inside, so that the refusals were about the way.
        const answer = await inside(`rabbitmqctl authenticate_user ${username} <<< '${password}'`);
        assert.match(answer, /Success/);
        assert.doesNotMatch(await inside("rabbitmqctl list_users --silent"), /guest/);
    });

    it("loses no persistent message when its server is killed", async () => {
        await publish(main, 200);
        await kill("0");
        assert.equal(await eventually("the queue is back", () => count(main).catch(() => undefined), 120), 200);
    });

    it("grows its volume without a restart", async () => {
        const before = (await pods())[0];
        assertNothingLost(await change({ storageGb: 2 }));
        const { items } = JSON.parse(await get("persistentvolumeclaim")) as { items: { status: { capacity: { storage: string } } }[] };
        assert.deepEqual(
            items.map(({ status }) => status.capacity.storage),
            ["2Gi"],
        );
        assert.equal((await pods())[0]?.metadata.uid, before?.metadata.uid);
        assert.equal(await count(main), 200);
    });

    it("has a changed setting in force once up is over; says in RabbitMQ's own words why it can't start, and goes on once that is corrected", async function () {
        this.timeout(600_000);
        await change({ settings: { channel_max: "55" } });
        assert.equal(await channelMax(), 55);
        assertUnchanged(await project.up());
        const refused = await changeInVain({ settings: { channel_max: "many", no_such_thing: "1" } });
        assertIncludes(refused, `the queue "${service}" doesn't get ready`, "RabbitMQ refuses its settings", "channel_max", "unknown variable: no_such_thing");
        await change({ settings: { channel_max: "77" } });
        assert.equal(await channelMax(), 77);
        assert.equal(await count(main), 200);
    });

    it("is reached from outside by another name, which its certificate knows once up is over", async () => {
        const before = (await pods())[0];
        const external = { type: "NodePort", hostname, allowedCidrs: ["0.0.0.0/0"] };
        place({ external: { [service]: external } });
        assertNothingLost(await project.up());
        const outside = (await outputs()).bindings.events;
        assert.equal(outside.host, hostname);
        assert.equal(outside["management-uri"]?.startsWith(`https://${hostname}:`), true);
        const address = await cluster.kubectl.must("get", "nodes", "--output", 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}');
        const connection = await amqplib.connect(outside.uri.replace(hostname, address), { ca: outside.certificates, servername: hostname, timeout: 10_000 });
        await connection.close();
        assert.equal((await pods())[0]?.metadata.uid, before?.metadata.uid, "the certificate changed without a restart");
        // Pods still find it by the old name.
        assert.equal(await count(main), 200);
        place();
        assertNothingLost(await project.up().then(({ steps, ...rest }) => ({ ...rest, steps: steps.filter(({ name }) => !name.endsWith("-external")) })));
        assert.equal((await outputs()).bindings.events.host, main.host);
    });

    it("becomes three servers with a copy of each queue, though the operator dies on the way", async function () {
        this.timeout(600_000);
        const before = await podNumber("0");
        write({ highAvailability: true });
        const run = await project.start("up");
        await eventually(
            "the change reached the cluster",
            async () => (await cluster.kubectl.must(...named("rabbitmqcluster"))).includes('"replicas": 3'),
            180,
        );
        await cluster.kubectl.must("delete", "pod", ...operator, "--grace-period=0", "--force", "--wait=false");
        const { code, output } = await run.finished;
        assert.equal(code, 0, output);
        assert.equal((await pods()).length, 3);
        assert.equal((await podNumber("0")).metadata.uid, before.metadata.uid, "the first server went on");
        assert.equal(await count(main), 200);
        const members = async () => (await inside("rabbitmqctl list_queues --silent --vhost shop name members")).split(",").length;
        await eventually("the queue has three copies", async () => (await members()) === 3, 120);
        const budget = JSON.parse(await get("poddisruptionbudget")) as { items: { spec: { maxUnavailable: number }; status: { expectedPods: number } }[] };
        assert.deepEqual(
            budget.items.map(({ spec, status }) => [spec.maxUnavailable, status.expectedPods]),
            [[1, 3]],
        );
    });

    it("loses no message that it confirmed when one of three servers is killed", async () => {
        await publish(main, 100);
        await kill("1");
        assert.equal(await eventually("two are enough", () => count(main).catch(() => undefined), 30), 300);
        await eventually("the third is back", async () => (await pods()).every(isReady) && (await pods()).length === 3, 180);
        await kill("0");
        assert.equal(await eventually("any two are enough", () => count(main).catch(() => undefined), 30), 300);
        await eventually("the third is back", async () => (await pods()).every(isReady) && (await pods()).length === 3, 180);
    });

    it("refuses at preview to lose servers, and changes nothing", async () => {
        write({ highAvailability: false });
        const { output } = await project.fails("preview");
        assertIncludes(output, `the queue "${service}": has 3 servers and can't go back to 1`, "highAvailability: true");
        write({ highAvailability: true });
    });

    it("keeps its data when it is deleted, once that is allowed", async () => {
        const protectedOutput = (await project.fails("destroy")).output;
        assertIncludes(protectedOutput, "protect");
        assert.equal(await count(main), 300);
        await project.unprotect();
        await project.destroy();
        assert.deepEqual(await pods(), []);
        const volumes = await ownVolumes();
        assert.deepEqual(
            volumes.map(({ spec, status }) => `${spec.persistentVolumeReclaimPolicy} ${status.phase}`),
            Array(3).fill("Retain Released"),
        );
    });

    function place(more: object = {}): void {
        project.environment({ queue: { kubernetes: { ...cluster.settings, namespace, ...more } } });
    }

    function write(more: Readonly<Record<string, unknown>>): void {
        args = { ...args, ...more };
        project.write("args.json", JSON.stringify(args));
    }

    function change(more: Readonly<Record<string, unknown>>) {
        write(more);
        return project.up();
    }

    async function changeInVain(more: Readonly<Record<string, unknown>>): Promise<string> {
        write(more);
        return (await project.fails("up")).output;
    }

    function outputs(): Promise<Outputs> {
        return project.outputs<Outputs>();
    }

    function get(kind: string): Promise<string> {
        return cluster.kubectl.must(...named(kind));
    }

    function named(kind: string): string[] {
        return ["--namespace", namespace, "get", kind, "--output", "json"];
    }

    async function pods(): Promise<readonly PodFacts[]> {
        return (JSON.parse(await get("pods")) as { items: PodFacts[] }).items;
    }

    function isReady({ status }: PodFacts): boolean {
        return status.containerStatuses?.every(({ ready }) => ready) === true;
    }

    async function podNumber(ordinal: string): Promise<PodFacts> {
        const pod = (await pods()).find(({ metadata }) => metadata.name.endsWith(`-server-${ordinal}`));
        assert.ok(pod, `there is no pod ${ordinal}`);
        return pod;
    }

    async function kill(ordinal: string): Promise<void> {
        const victim = await podNumber(ordinal);
        await cluster.kubectl.must("--namespace", namespace, "delete", "pod", victim.metadata.name, "--grace-period=0", "--force");
        await eventually("it is replaced", async () => (await podNumber(ordinal).catch(() => victim)).metadata.uid !== victim.metadata.uid, 60);
    }

    async function inside(command: string): Promise<string> {
        return cluster.kubectl.must(
            "--namespace",
            namespace,
            "exec",
            (await podNumber("0")).metadata.name,
            "--container",
            "rabbitmq",
            "--",
            "bash",
            "-c",
            command,
        );
    }

    async function administrator(): Promise<{ username: string; password: string }> {
        const { items } = JSON.parse(await get("secret")) as { items: { metadata: { name: string }; data: Record<"username" | "password", string> }[] };
        const data = items.find(({ metadata }) => metadata.name.endsWith("-admin"))?.data;
        const text = (key: "username" | "password") => Buffer.from(data?.[key] ?? "", "base64").toString();
        return { username: text("username"), password: text("password") };
    }

    function channelMax(): Promise<number> {
        return withQueue(main, async ({ connection }) => (connection as unknown as { channelMax: number }).channelMax);
    }

    async function ownVolumes() {
        const { items } = JSON.parse(await cluster.kubectl.must("get", "persistentvolumes", "--output", "json")) as {
            items: {
                metadata: { name: string };
                spec: { persistentVolumeReclaimPolicy: string; claimRef?: { namespace: string } };
                status: { phase: string };
            }[];
        };
        return items.filter(({ spec }) => spec.claimRef?.namespace === namespace);
    }

    async function removeVolumes(): Promise<void> {
        const names = (await ownVolumes()).map(({ metadata }) => metadata.name);
        if (names.length > 0) {
            await cluster.kubectl.run("delete", "persistentvolumes", ...names, "--wait=false");
        }
    }
});

async function withChannel<Result>(binding: Binding, action: (channel: ConfirmChannel) => Promise<Result>): Promise<Result> {
    return withQueue(binding, async (connection) => {
        const channel = await connection.createConfirmChannel();
        channel.on("error", () => undefined);
        return action(channel);
    });
}

/** Publishes persistent messages, each confirmed. */
function publish(binding: Binding, messages: number): Promise<void> {
    return withChannel(binding, async (channel) => {
        await channel.assertQueue("work", { durable: true });
        for (let number = 0; number < messages; number++) {
            channel.sendToQueue("work", Buffer.from(`message ${number}`), { persistent: true });
        }
        await channel.waitForConfirms();
    });
}

function count(binding: Binding): Promise<number> {
    return withChannel(binding, async (channel) => (await channel.checkQueue("work")).messageCount);
}

/** The status of an answer of the management API over the cluster's network. */
function managementStatus(binding: Binding, username: string, password: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
        const options = { ca: binding.certificates, auth: `${username}:${password}`, agent: false };
        const sent = request(`${binding["management-uri"]}/api/overview`, options, (response) => {
            response.resume();
            resolve(response.statusCode);
        });
        sent.on("error", reject);
        sent.end();
    });
}
