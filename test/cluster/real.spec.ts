import assert from "node:assert/strict";
import { checkServerIdentity as checkIdentity, type PeerCertificate } from "node:tls";
import { Client, type ClientConfig } from "pg";
import { type Cluster, ensureCluster, killDaemon } from "../../tools/cluster";
import { ServiceForwards } from "../support/cluster-forwards";
import { clusterOrSkip, leftoversOf, type TestCluster } from "../support/kubernetes";
import { eventually } from "../support/processes";
import { connectTo } from "../support/sockets";
import { type Manifest, Workspace } from "./workspace";

const CONDITION = (type: string) => `{.status.conditions[?(@.type=="${type}")].status}`;

describe("cluster: the real one", function () {
    this.timeout(5 * 60_000);
    let cluster: Cluster;
    let found: TestCluster;
    let work: Workspace;

    before(async function () {
        this.timeout(45 * 60_000); // builds it the first time
        found = await clusterOrSkip(this);
        cluster = found.cluster;
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

    after(() => work?.close());

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
        await work.until("rabbitmqcluster.rabbitmq.com/queue", CONDITION("AllReplicasReady"), "True", 240);
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
        assert.match(await rabbitmqctl("list_vhosts", "name", "default_queue_type"), /^orders\tquorum$/m);
    });

    it("makes PgBouncer a way to that PostgreSQL", async () => {
        const name = cluster.images?.pgbouncer;
        const template = name ? { template: { spec: { containers: [{ name: "pgbouncer", image: name }] } } } : {};
        const spec = { cluster: { name: "database" }, instances: 1, type: "rw", pgbouncer: { poolMode: "session" }, ...template };
        assert.equal(await work.apply(custom("postgresql.cnpg.io/v1", "Pooler", "pool", spec)), undefined);
        await work.until("deployment/pool", "{.status.readyReplicas}", "1", 90);
        const secret = async (field: string) => Buffer.from(await work.run("get", "secret", "database-app", "--output", `jsonpath={.data.${field}}`), "base64");
        const password = String(await secret("password"));
        const host = `pool.${work.namespace}.svc`;
        // The node needs a moment before it leads a service's address to a pod that is ready.
        await eventually("the pool's service", () => connectTo(host, 5432).catch(() => undefined));
        // Its certificate is that of the PostgreSQL cluster, which has no name of the pool's.
        const login = { host, user: "app", database: "app", password };
        await assert.rejects(withLogin({ ...login, ssl: { ca: await authority() } }), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
        const checkServerIdentity = (_: string, certificate: PeerCertificate) => checkIdentity(`database-rw.${work.namespace}.svc`, certificate);
        assert.equal(await withLogin({ ...login, ssl: { ca: await authority(), checkServerIdentity } }), "app");
        // Only the user of that name may, and it is one by its number in the image.
        assert.match(await work.run("exec", "deployment/pool", "--container", "pgbouncer", "--", "psql", "-Atc", "SHOW POOLS"), /^app\|app\|/m);
    });

    it("has services that this machine reaches by their names, with certificates of those names", async () => {
        const host = `database-rw.${work.namespace}.svc`;
        for (const name of [host, `${host}.cluster.local`]) {
            assert.match(await connectTo(name, 5432), /^(10|127)\./);
            // The certificate is verified before anybody asks for a password.
            const login = { host: name, user: "app", database: "app", password: "wrong", ssl: { ca: await authority() } };
            await assert.rejects(withLogin(login), /password authentication failed/);
        }
        await assert.rejects(connectTo(`nobody.${work.namespace}.svc`, 5432), { code: "ENOTFOUND" });
    });

    it("has services that are reached by port-forward where their addresses can't be", async function () {
        if (ServiceForwards.unavailable() !== undefined) this.skip();
        const forwards = new ServiceForwards(found.kubectl);
        try {
            const address = await forwards.find(`database-rw.${work.namespace}.svc`);
            assert.match(address ?? "", /^127\./);
            const login = {
                host: address,
                user: "app",
                database: "app",
                password: "wrong",
                ssl: { ca: await authority(), checkServerIdentity: () => undefined },
            };
            await assert.rejects(withLogin(login), /password authentication failed/);
            assert.equal(await forwards.find(`nobody.${work.namespace}.svc`), undefined);
        } finally {
            forwards.close();
        }
    });

    it("goes on after the API server is killed: what runs stays, and the operators take up their work", async function () {
        if (cluster.source === "existing") this.skip();
        const before = await work.run("get", "pods", "--output", restarts);
        assert.equal(killDaemon("kube-apiserver"), 1);
        await eventually("the API server", async () => (await work.kubectl.run("get", "--raw=/readyz")).ok, 60);
        const reference = { rabbitmqClusterReference: { name: "queue" } };
        assert.equal(
            await work.apply(
                custom("postgresql.cnpg.io/v1", "Database", "later", { cluster: { name: "database" }, name: "later", owner: "app" }),
                topology("Vhost", "later", { name: "later", ...reference }),
            ),
            undefined,
        );
        // Each of them asks again in its own time, the later the more often it was in vain.
        await work.until("database.postgresql.cnpg.io/later", "{.status.applied}", "true", 120);
        await work.until("vhost.rabbitmq.com/later", CONDITION("Ready"), "True", 120);
        assert.equal(await work.run("get", "pods", "--output", restarts), before);
        assert.match(await rabbitmqctl("list_vhosts", "name"), /^later$/m);
    });

    it("goes on after all else of the node is killed", async function () {
        if (cluster.source === "existing") this.skip();
        const before = await work.run("get", "pods", "--output", restarts);
        for (const daemon of ["etcd", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy", "containerd"]) {
            assert.equal(killDaemon(daemon), 1, daemon);
        }
        assert.deepEqual(await ensureCluster(), { cluster });
        assert.equal(await work.apply(pod("late", "localhost/busybox:1", { command: ["true"] })), undefined);
        await work.until("pod/late", "{.status.phase}", "Succeeded", 120);
        const after = await work.run("get", "pods", "--output", restarts);
        assert.equal(after.replace(/^late .*\n?/m, ""), before);
    });

    it("is left with nothing when all is deleted; until then the rest is told", async function () {
        this.timeout(8 * 60_000);
        const rest = await leftoversOf(found, work.namespace, 0);
        for (const part of ["cluster.postgresql.cnpg.io/database", "pod/queue-server-0", "secret/database-app"])
            assert.ok(rest.includes(part), rest.join("\n"));
        assert.ok(
            rest.some((one) => /^persistentvolume\/pvc-.* of claim database-1$/.test(one)),
            rest.join("\n"),
        );
        // First what others refer to the servers by: its operator asks the server before it lets go.
        await work.run("delete", "vhosts.rabbitmq.com,users.rabbitmq.com,permissions.rabbitmq.com", "--all");
        await work.run("delete", "databases.postgresql.cnpg.io,poolers.postgresql.cnpg.io", "--all");
        await work.run("delete", "rabbitmqcluster.rabbitmq.com/queue", "cluster.postgresql.cnpg.io/database");
        await work.run("delete", "pods,persistentvolumeclaims", "--all");
        assert.deepEqual(await leftoversOf(found, work.namespace), []);
    });

    async function authority(): Promise<string> {
        return Buffer.from(await work.run("get", "secret", "database-ca", "--output", "jsonpath={.data.ca\\.crt}"), "base64").toString();
    }

    function rabbitmqctl(...args: string[]): Promise<string> {
        return work.run("exec", "queue-server-0", "--container", "rabbitmq", "--", "rabbitmqctl", "--silent", ...args);
    }
});

/** Logs in to PostgreSQL; gives the user's name. */
async function withLogin(config: ClientConfig): Promise<string> {
    const client = new Client({ ...config, connectionTimeoutMillis: 10_000 });
    try {
        await client.connect();
        return (await client.query<{ name: string }>("SELECT current_user AS name")).rows[0]?.name ?? "";
    } finally {
        await client.end().catch(() => undefined);
    }
}

/** The pods that should run, with how often they were started again. */
const restarts =
    'jsonpath={range .items[?(@.status.phase=="Running")]}{.metadata.name} {.metadata.uid} {.status.containerStatuses[*].restartCount}{"\\n"}{end}';

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
