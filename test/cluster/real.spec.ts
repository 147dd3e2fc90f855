import assert from "node:assert/strict";
import { type Cluster, ensureCluster } from "../../tools/cluster";
import { type Manifest, Workspace } from "./workspace";

const CONDITION = (type: string) => `{.status.conditions[?(@.type=="${type}")].status}`;

describe("cluster: the real one", function () {
    this.timeout(5 * 60_000);
    let cluster: Cluster;
    let work: Workspace;

    before(async function () {
        this.timeout(45 * 60_000); // builds it the first time
        // Nothing but its own tests uses the cluster yet, and it takes a fresh machine 20 minutes to build.
        const answer = process.env.TEST_CLUSTER ? await ensureCluster() : { reason: "only with TEST_CLUSTER=1 in the environment, until a backend needs it" };
        if ("reason" in answer) {
            if (this.test?.parent) this.test.parent.title += ` (skipped: ${answer.reason})`;
            this.skip();
        }
        cluster = answer.cluster;
        work = new Workspace(cluster);
        await work.open();
        // What takes longest goes first.
        const images = cluster.images;
        const image = (field: string, name: string | undefined) => (name ? { [field]: name } : {});
        assert.equal(
            await work.apply(
                database("1Gi", image("imageName", images?.postgresql[17])),
                custom("rabbitmq.com/v1beta1", "RabbitmqCluster", "queue", {
                    ...image("image", images?.rabbitmq),
                    delayStartSeconds: 0,
                    terminationGracePeriodSeconds: 5,
                    persistence: { storage: "1Gi" },
                    resources: { requests: { cpu: "100m", memory: "512Mi" }, limits: { cpu: "2", memory: "1Gi" } },
                }),
            ),
            undefined,
        );
    });

    after(async () => work?.close());

    it("has nodes that are ready", async () => {
        const ready = await work.run("get", "nodes", "--output", `jsonpath={range .items[*]}${CONDITION("Ready")} {end}`);
        assert.match(ready, /^(True ?)+$/);
    });

    it("is found at once by the second who asks", async () => {
        const begun = Date.now();
        assert.deepEqual(await ensureCluster(), { cluster });
        assert.ok(Date.now() - begun < 10_000, `${Date.now() - begun} ms`);
    });

    it("gives a pod a volume, names, and the way to a service", async function () {
        if (!cluster.images) this.skip();
        assert.equal(
            await work.apply(
                claim("paper"),
                pod("writer", "localhost/busybox:1", {
                    command: ["sh", "-c", "echo written > /paper/note && cat /paper/note && nslookup kubernetes.default.svc.cluster.local"],
                    volumeMounts: [{ name: "paper", mountPath: "/paper" }],
                }),
            ),
            undefined,
        );
        await work.until("pod/writer", "{.status.phase}", "Succeeded", 60);
        assert.match(await work.run("logs", "writer"), /^written\n[\s\S]*Name:\s*kubernetes\.default\.svc\.cluster\.local\s+Address:? ?1?:? 10\.214\.0\.1/);
    });

    it("lets no pod out", async function () {
        if (cluster.source === "existing") this.skip();
        const command = ["sh", "-c", "for address in 1.1.1.1 192.0.2.1 10.214.15.254; do nc -w 3 $address 53 </dev/null && echo out; done; echo done"];
        assert.equal(await work.apply(pod("prisoner", "localhost/busybox:1", { command })), undefined);
        await work.until("pod/prisoner", "{.status.phase}", "Succeeded", 60);
        assert.equal((await work.run("logs", "prisoner")).split("\n").at(-1), "done");
        assert.doesNotMatch(await work.run("logs", "prisoner"), /^out$/m);
    });

    it("grants growth to claims of the expandable class, and refuses it to others", async function () {
        if (cluster.source === "existing") this.skip();
        const mounts = [
            { name: "tree", mountPath: "/tree" },
            { name: "stone", mountPath: "/stone" },
        ];
        const gardener = pod("gardener", "localhost/busybox:1", { command: ["true"], volumeMounts: mounts });
        assert.equal(await work.apply(claim("tree", "1Gi", "local-path-expandable"), claim("stone"), gardener), undefined);
        await work.until("pod/gardener", "{.status.phase}", "Succeeded", 60);
        assert.equal(await work.apply(claim("tree", "2Gi", "local-path-expandable")), undefined);
        await work.until("persistentvolumeclaim/tree", "{.status.capacity.storage}", "2Gi", 30);
        assert.match((await work.apply(claim("stone", "2Gi"))) ?? "", /only dynamically provisioned pvc can be resized/);
    });

    it("runs Valkey", async function () {
        if (!cluster.images) this.skip();
        const command = ["sh", "-c", "valkey-server --save '' --daemonize yes >/dev/null && sleep 1 && valkey-cli set a b && valkey-cli get a && id -u"];
        assert.equal(await work.apply(pod("valkey", cluster.images.valkey, { command, securityContext: { runAsUser: 999, runAsNonRoot: true } })), undefined);
        await work.until("pod/valkey", "{.status.phase}", "Succeeded", 60);
        assert.equal(await work.run("logs", "valkey"), "OK\nb\n999");
    });

    it("has CloudNativePG's webhook, which refuses a bad size", async () => {
        assert.match((await work.apply(database("notasize"))) ?? "", /The Cluster "refused" is invalid: spec.storage.size: .*Size value isn.t valid/);
    });

    it("makes a PostgreSQL cluster healthy", async () => {
        await work.until("cluster.postgresql.cnpg.io/database", "{.status.phase}", "Cluster in healthy state", 240);
        const version = await work.run("exec", "database-1", "--container", "postgres", "--", "psql", "-Atc", "show server_version_num");
        assert.match(version, /^\d{6}$/);
    });

    it("makes a RabbitMQ cluster ready, with a vhost, a user and permissions by the topology operator", async () => {
        await work.until("rabbitmqcluster/queue", CONDITION("AllReplicasReady"), "True", 240);
        const reference = { rabbitmqClusterReference: { name: "queue" } };
        assert.equal(
            await work.apply(
                topology("Vhost", "orders", { name: "orders", defaultQueueType: "quorum", ...reference }),
                topology("User", "shop", { ...reference }),
                topology("Permission", "shop", {
                    vhost: "orders",
                    userReference: { name: "shop" },
                    permissions: { configure: "", write: ".*", read: ".*" },
                    ...reference,
                }),
            ),
            undefined,
        );
        for (const object of ["vhost/orders", "user/shop", "permission/shop"]) {
            await work.until(`${object.replace("/", ".rabbitmq.com/")}`, CONDITION("Ready"), "True", 60);
        }
        const list = await work.run(
            "exec",
            "queue-server-0",
            "--container",
            "rabbitmq",
            "--",
            "rabbitmqctl",
            "--silent",
            "list_vhosts",
            "name",
            "default_queue_type",
        );
        assert.match(list, /^orders\tquorum$/m);
    });
});

function custom(apiVersion: string, kind: string, name: string, spec: unknown): Manifest {
    return { apiVersion, kind, metadata: { name }, spec };
}

function topology(kind: string, name: string, spec: unknown): Manifest {
    return custom("rabbitmq.com/v1beta1", kind, name, spec);
}

function database(size: string, image = {}): Manifest {
    return custom("postgresql.cnpg.io/v1", "Cluster", size === "1Gi" ? "database" : "refused", {
        instances: 1,
        ...image,
        storage: { size },
        resources: { requests: { cpu: "100m", memory: "256Mi" } },
    });
}

function claim(name: string, storage = "1Gi", storageClassName?: string): Manifest {
    return custom("v1", "PersistentVolumeClaim", name, {
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage } },
        ...(storageClassName ? { storageClassName } : {}),
    });
}

interface Container {
    readonly command: readonly string[];
    readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    readonly securityContext?: object;
}

/** Runs once; each volume is the claim of its name. */
function pod(name: string, image: string, container: Container): Manifest {
    const volumes = (container.volumeMounts ?? []).map(({ name }) => ({ name, persistentVolumeClaim: { claimName: name } }));
    return custom("v1", "Pod", name, { restartPolicy: "Never", containers: [{ name, image, ...container }], volumes });
}
