import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, X509Certificate } from "node:crypto";
import type { DatabaseSpec } from "../../components/backend";
import { type Durability, ManagedDatabase } from "../../index";
import { createAuthority } from "../../providers/certificates";
import { toSec1 } from "../../providers/kubernetes/database/cluster";
import { settingsOf, walStorageGb } from "../../providers/kubernetes/database/settings";
import type { Api } from "../../providers/kubernetes/server/api";
import type { ServerInputs } from "../../providers/kubernetes/server/inputs";
import { postgresql } from "../../providers/kubernetes/server/postgresql";
import { assertGolden, kubernetesOutputs, recordKubernetes } from "../support/kubernetes-mocks";
import { problemsOf } from "../support/problems";
import type { Registration } from "../support/recorder";

const programs: Readonly<Record<string, { program: () => unknown; settings?: object; version?: string }>> = {
    "kubernetes-database": {
        program: () =>
            new ManagedDatabase("orders", {
                settings: { work_mem: "8MB", shared_preload_libraries: "auto_explain, pgaudit" },
                tags: { team: "shop" },
                bindings: { reports: { access: "readonly" } },
            }),
    },
    "kubernetes-database-critical": {
        program: () => new ManagedDatabase("orders", { durability: "critical", version: "17", pointInTimeRecovery: true }),
        settings: {
            storageClass: "fast",
            nodeSelector: { pool: "data" },
            imagePullSecrets: ["mirror"],
            allowedNamespaces: ["shop"],
            images: { postgresql: { "17": "mirror.example/postgresql:17.11" }, pgbouncer: "mirror.example/pgbouncer:1.25.1" },
            pooler: { instances: 3, poolMode: "transaction" },
            backups: { schedule: "0 30 1 * * *", barmanCloud: { objectStore: "backups" } },
        },
    },
    "kubernetes-database-external": {
        program: () => new ManagedDatabase("orders", { durability: "ephemeral", databaseName: "Shop-1", version: "14", highAvailability: true }),
        version: "14",
        settings: {
            backups: { volumeSnapshot: { className: "nightly" } },
            external: { orders: { hostname: "orders.example.com", type: "NodePort", allowedCidrs: ["10.0.0.0/8"] } },
        },
    },
    "kubernetes-database-pooled-external": {
        program: () => new ManagedDatabase("orders", { durability: "ephemeral" }),
        settings: {
            pooler: { instances: 1 },
            backups: { volumeSnapshot: {} },
            external: { orders: { hostname: "orders.example.com", allowedCidrs: ["10.0.0.0/8"] } },
        },
    },
};

describe("a database in Kubernetes", () => {
    for (const [name, { program, settings, version }] of Object.entries(programs)) {
        it(`is the objects of test/golden/${name}.json`, async () => {
            assertGolden(name, await registered(program, settings, version));
        });
    }

    it("protects what holds or serves the data, by durability", async () => {
        const protectedOf = async (durability: Durability) =>
            (await registered(() => new ManagedDatabase("orders", { durability }))).filter((one) => one.protect).map(({ name }) => name);
        assert.deepEqual(await protectedOf("ephemeral"), []);
        assert.deepEqual(await protectedOf("standard"), ["orders", "orders-server"]);
        assert.deepEqual(await protectedOf("critical"), ["orders", "orders-server"]);
    });

    it("waits for the server only when all its objects are there", async () => {
        const settings = { pooler: {}, backups: { volumeSnapshot: {} }, external: { orders: { hostname: "a.example", allowedCidrs: ["10.0.0.0/8"] } } };
        const registrations = await registered(() => new ManagedDatabase("orders"), settings);
        const objects = registrations.filter(({ type }) => type.startsWith("kubernetes:")).map(({ type, name }) => `${type}::${name}`);
        const server = registrations.find(({ name }) => name === "orders-server");
        assert.equal(objects.length, 9);
        assert.deepEqual(
            objects.filter((object) => !server?.dependencies?.includes(object)),
            [],
        );
    });

    it("gives the operator the authority's key in the only form that it reads", async () => {
        const { certificate, key } = await createAuthority("test");
        const given = toSec1(key);
        assert.match(given, /^-----BEGIN EC PRIVATE KEY-----\n/);
        assert.ok(new X509Certificate(certificate).checkPrivateKey(createPrivateKey(given)));
    });

    describe("its settings", () => {
        it("follow the size, and the user's win", () => {
            const { parameters, preloadLibraries } = settings({ settings: { shared_buffers: "100MB", shared_preload_libraries: " pg_cron,  pgaudit " } });
            assert.equal(parameters.shared_buffers, "100MB");
            assert.equal(parameters.effective_cache_size, "768MB");
            assert.equal(parameters.shared_preload_libraries, undefined);
            assert.deepEqual(preloadLibraries, ["pg_cron", "pgaudit"]);
        });

        it("keep the write-ahead log well below its volume", () => {
            for (const durability of ["ephemeral", "standard"] as const) {
                for (const storageGb of [0.25, 0.5, 1, 5, 20, 500]) {
                    const spec = specOf({ durability, size: { name: "micro", cpu: 1, memoryGb: 1, storageGb } });
                    const { max_wal_size: most, min_wal_size: least, wal_keep_size: kept } = settingsOf(spec).parameters;
                    const [max, min, keep] = [most, least, kept].map((text) => Number.parseInt(text ?? "", 10)) as [number, number, number];
                    const volume = (durability === "ephemeral" ? storageGb : walStorageGb(spec)) * 1024;
                    assert.ok(min < max && keep < max && max <= volume / 2 && max >= 64, `${durability} ${storageGb}: ${least} ${kept} ${most} of ${volume}`);
                }
            }
        });

        it("have a mark that changes with each of them and with nothing else", () => {
            const marks = [
                settings({}),
                settings({ settings: { work_mem: "8MB" } }),
                settings({ settings: { shared_preload_libraries: "pg_cron" } }),
                settings({ size: { name: "micro", cpu: 1, memoryGb: 2, storageGb: 5 } }),
            ].map(({ parameters }) => parameters["data_services.settings"]);
            assert.equal(new Set(marks).size, marks.length);
            assert.equal(settings({ databaseName: "other" }).parameters["data_services.settings"], marks[0]);
        });
    });

    describe("refuses at preview", () => {
        it("every setting that CloudNativePG or this library decides on, all in one error", () => {
            const refused = {
                ...{ port: "5433", listen_addresses: "*", ssl: "off", ssl_min_protocol_version: "TLSv1", password_encryption: "md5", fsync: "off" },
                ...{ archive_command: "true", synchronous_standby_names: "", "data_services.settings": "x", "cnpg.config_sha256": "x", hba_file: "/x" },
                ...{ unix_socket_directories: "/tmp", recovery_target_time: "now", role: "postgres", log_destination: "syslog" },
            };
            const { problems } = refusedBy({ settings: { ...refused, work_mem: "8MB" } });
            assert.deepEqual(
                problems.map((problem) => problem.split(":")[0]),
                Object.keys(refused).map((name) => `settings.${name}`),
            );
            assert.match(problems[0] ?? "", /CloudNativePG or this library sets it.*Remove it/);
        });

        it("what can't be a setting", () => {
            assert.deepEqual(refusedBy({ settings: { "work mem": "1MB", Work_Mem: "1MB", application_name: "a\nport=1" } }).problems, [
                'settings.work mem: is none of PostgreSQL\'s: a name is of lower-case letters, like "work_mem" or "pg_stat_statements.max".',
                'settings.Work_Mem: is none of PostgreSQL\'s: a name is of lower-case letters, like "work_mem" or "pg_stat_statements.max".',
                "settings.application_name: must not hold a line break or another control character.",
            ]);
        });

        it("figures that don't fit the memory or the volume, or that are of no known unit", () => {
            const { problems } = refusedBy({
                size: "micro",
                settings: { shared_buffers: "1GB", max_wal_size: "2048MB", min_wal_size: "80", wal_level: "minimal" },
            });
            assert.deepEqual(problems, [
                'settings.shared_buffers: must be less than the server\'s memory, 1024 MB, got "1GB". A quarter is usual; or set memoryGb.',
                'settings.max_wal_size: must be less than the volume of the write-ahead log, 2048 MB, got "2048MB". That is a quarter of storageGb, and 2 GiB at least.',
                'settings.min_wal_size: must be a number with its unit, such as "512MB" or "2GB", got "80".',
                'settings.wal_level: must be logical or replica, got "minimal": the server archives or replicates its log.',
            ]);
            assert.doesNotThrow(() => new ManagedDatabase("orders", { environment: placed({}), size: "micro", settings: { shared_buffers: "1023 MB" } }));
        });

        it("recovery to any moment without an archive", () => {
            const [problem, ...others] = refusedBy({ pointInTimeRecovery: true }, { backups: { volumeSnapshot: {} } }).problems;
            assert.deepEqual(others, []);
            assert.match(problem ?? "", /^pointInTimeRecovery: needs an archive.*environment\.database\.kubernetes\.backups\.barmanCloud\.objectStore/);
        });

        it("backups in no way or in two", () => {
            const reason = (backups: object) => refusedBy({}, { backups }).problems;
            const at = "environment.database.kubernetes.backups: must name exactly one of volumeSnapshot and barmanCloud, got";
            assert.deepEqual(reason({}), [`${at} neither.`]);
            assert.deepEqual(reason({ volumeSnapshot: {}, barmanCloud: { objectStore: "a" } }), [`${at} both.`]);
        });

        it("the server's own databases, a version that the images lack, and tags that can't be labels", () => {
            const { problems } = refusedBy(
                { databaseName: "postgres", version: "16", tags: { team: "a b" } },
                { images: { postgresql: { "17": "mirror.example/postgresql:17.1" } } },
            );
            assert.match(problems.join("\n"), /^tags.team: can't be a Kubernetes label/m);
            const { problems: more } = refusedBy(
                { databaseName: "postgres", version: "16" },
                { images: { postgresql: { "17": "mirror.example/postgresql:17.1" } } },
            );
            assert.match(more.join("\n"), /^version: the environment's images have no postgresql of version "16".*They have: 17/m);
            assert.match(more.join("\n"), /^databaseName: "postgres" is the server's own/m);
        });
    });

    describe("is pending", () => {
        it("without hope where somebody deleted the Cluster", async () => {
            const found = await pending({ cluster: undefined });
            assert.equal(found?.hopeless, true);
            assert.match(found?.reason ?? "", /no Cluster "orders-1".*pulumi refresh/);
        });

        it("in any phase but the healthy one, without hope in those that a person must end", async () => {
            const upgrading = await pending({ status: { phase: "Upgrading cluster", phaseReason: "because" } });
            assert.deepEqual(upgrading, { reason: "CloudNativePG says: Upgrading cluster: because", hopeless: false });
            assert.equal((await pending({ status: { phase: "Cluster is unrecoverable and needs manual intervention" } }))?.hopeless, true);
        });

        it("while servers are missing, or another one takes over", async () => {
            assert.match((await pending({ status: { readyInstances: 0 } }))?.reason ?? "", /0 of 1 servers are ready/);
            assert.match((await pending({ status: { instances: 2 } }))?.reason ?? "", /1 of 1 servers/);
            assert.match((await pending({ status: { targetPrimary: "orders-1-2" } }))?.reason ?? "", /orders-1-2 is taking over from orders-1-1/);
            assert.match((await pending({ pods: [] }))?.reason ?? "", /0 of 1 servers are there/);
        });

        it("while the operator still calls an older state healthy", async () => {
            assert.match((await pending({ status: { image: "localhost/postgresql:16" } }))?.reason ?? "", /have the image localhost\/postgresql:16/);
            for (const late of [{ image: "localhost/postgresql:16" }, { memory: "512Mi" }, { cpu: "2" }, { ready: false }, { nodeSelector: {} }]) {
                assert.match((await pending({ pods: [pod(late)] }))?.reason ?? "", /orders-1-1 isn't as asked for/, JSON.stringify(late));
            }
        });

        it("until every volume has grown", async () => {
            assert.match((await pending({ data: "1Gi" }))?.reason ?? "", /0 of 1 volumes for data have 2Gi/);
            assert.match((await pending({ wal: "1Gi" }))?.reason ?? "", /0 of 1 volumes for the write-ahead log have 2Gi/);
        });

        it("while the operator can't make the database, unless only its owner isn't there yet", async () => {
            const database = (message: string) => pending({ database: { applied: false, message } });
            assert.match((await database("no"))?.reason ?? "", /can't make the database: no/);
            assert.equal(await database('ERROR: role "shop:owner" does not exist (SQLSTATE 42704)'), undefined);
        });

        it("until PgBouncer's pods are as asked for", async () => {
            assert.match((await pending({ front: { readyReplicas: 1 } }))?.reason ?? "", /1 of 2 PgBouncers are ready/);
            assert.match((await pending({ front: { observedGeneration: 1 } }))?.reason ?? "", /0 of 2 PgBouncers/);
            assert.match((await pending({ front: { image: "old" } }))?.reason ?? "", /0 of 2 PgBouncers/);
            assert.equal(await pending({ front: {} }), undefined);
        });

        it("until a load balancer has an address", async () => {
            assert.match((await pending({ external: { type: "LoadBalancer" } }))?.reason ?? "", /orders-1-external has no address/);
            assert.equal(await pending({ external: { type: "NodePort" } }), undefined);
        });

        it("in the words of what keeps a pod from running", async () => {
            const conditions = [{ type: "PodScheduled", status: "False", message: "0/1 nodes are available: 1 Insufficient cpu." }];
            const found = await pending({ status: { phase: "Setting up primary" }, pods: [{ ...pod({}), status: { conditions } }] });
            assert.match(found?.reason ?? "", /no node takes the pod orders-1-1: 0\/1 nodes are available/);
        });

        it("without hope where making a server fails again and again", async () => {
            const failed = (index: number) => ({
                metadata: { name: `orders-1-1-initdb-${index}`, labels: { "cnpg.io/jobRole": "initdb" } },
                spec: { containers: [] },
                status: { phase: "Failed" },
            });
            const found = await pending({ status: { phase: "Setting up primary" }, pods: [failed(1), failed(2), failed(3)] });
            assert.equal(found?.hopeless, true);
            assert.match(found?.reason ?? "", /kubectl logs -n data orders-1-1-initdb-3/);
        });
    });

    it("without hope where an upgrade fails, with the way back", async () => {
        const labels = { "cnpg.io/jobRole": "major-upgrade" };
        const failed = { metadata: { name: "orders-1-1-major-upgrade-x", labels }, spec: { containers: [] }, status: { phase: "Failed" } };
        const status = { phase: "Upgrading Postgres major version", pgDataImageInfo: { majorVersion: 15 } };
        const found = await pending({ status, pods: [failed] });
        assert.equal(found?.hopeless, true);
        assert.match(found?.reason ?? "", /left the data as they were: kubectl logs -n data orders-1-1-major-upgrade-x. Set version: "15" to go back/);
        assert.equal(await postgresql.dataVersion?.(fakeApi({ status }), "orders-1", "data"), "15");
    });

    it("is found at its own Service, at PgBouncer's, or from outside at the host and the port that the cluster chose", async () => {
        const address = (world: World, more: Partial<ServerInputs> = {}) => postgresql.address(fakeApi(world), { ...inputs, ...more } as ServerInputs);
        assert.deepEqual(await address({}), { host: "orders-1-rw.data.svc", port: 5432 });
        assert.deepEqual(await address({}, { instances: 3 }), { host: "orders-1-rw.data.svc", port: 5432, readerHost: "orders-1-ro.data.svc" });
        assert.deepEqual(await address({}, { front: "pooler" }), { host: "orders-1-pooler.data.svc", port: 5432 });
        const externalHost = "orders.example.com";
        assert.deepEqual(await address({ external: { type: "LoadBalancer" } }, { externalHost }), { host: externalHost, port: 5432 });
        assert.deepEqual(await address({ external: { type: "NodePort" } }, { externalHost }), { host: externalHost, port: 30001 });
    });
});

const inputs = {
    ...{ namespace: "data", name: "orders-1", kind: "database", service: "orders", instances: 1, image: "localhost/postgresql:17" },
    ...{ storageGb: 2, settings: {}, durability: "standard", adminPassword: "x", certificates: "x" },
} as unknown as ServerInputs;

/** What a cluster with one database in it says; without anything, that all is as asked for. */
interface World {
    readonly cluster?: undefined;
    readonly status?: object;
    readonly pods?: readonly object[];
    readonly data?: string;
    readonly wal?: string;
    readonly database?: object;
    readonly front?: { readonly image?: string; readonly observedGeneration?: number; readonly readyReplicas?: number };
    readonly external?: { readonly type: string };
}

function pending(world: World) {
    const { front, external } = world;
    const more = { ...(front && { front: "pooler" }), ...(external && { externalHost: "orders.example.com" }) };
    return postgresql.pending(fakeApi(world), { ...inputs, ...more } as ServerInputs);
}

function fakeApi(world: World): Api {
    const { status = {}, pods = [pod({})], data = "2Gi", wal = "2Gi", database = { applied: true }, front = {}, external } = world;
    const healthy = { phase: "Cluster in healthy state", instances: 1, readyInstances: 1, currentPrimary: "orders-1-1", targetPrimary: "orders-1-1" };
    const spec = {
        ...{ imageName: inputs.image, storage: { size: "2Gi" }, walStorage: { size: "2Gi" }, affinity: { nodeSelector: { pool: "data" } } },
        resources: { requests: { cpu: "1", memory: "1Gi" } },
    };
    const { image = "pgbouncer:1", observedGeneration = 2, readyReplicas = 2 } = front;
    const objects: Readonly<Record<string, object | undefined>> = {
        clusters: "cluster" in world ? undefined : { metadata: { name: "orders-1" }, spec, status: { ...healthy, image: inputs.image, ...status } },
        databases: { metadata: {}, status: database },
        poolers: { spec: { instances: 2, template: { spec: { containers: [{ name: "pgbouncer", image: "pgbouncer:1" }] } } } },
        deployments: {
            metadata: { generation: 2 },
            spec: { replicas: 2, template: { spec: { containers: [{ image }] } } },
            status: { observedGeneration, readyReplicas, updatedReplicas: 2, replicas: 2 },
        },
        services: external && { metadata: { name: "orders-1-external" }, spec: { type: external.type, ports: [{ nodePort: 30001 }] } },
    };
    const claim = (role: string, storage: string) => ({ metadata: { labels: { "cnpg.io/pvcRole": role } }, spec: {}, status: { capacity: { storage } } });
    return {
        get: async (path: string) => objects[path.split("/").at(-2) ?? ""],
        list: async (path: string) => (path.includes("/pods") ? pods : [claim("PG_DATA", data), claim("PG_WAL", wal)]),
        // What only a real server can answer: test/kubernetes/database.spec.ts.
        withForward: async () => undefined,
    } as unknown as Api;
}

interface PodFacts {
    readonly image?: string;
    readonly cpu?: string;
    readonly memory?: string;
    readonly ready?: boolean;
    readonly nodeSelector?: object;
}

function pod({ image = inputs.image, cpu = "1000m", memory = "1024Mi", ready = true, nodeSelector = { pool: "data" } }: PodFacts) {
    return {
        metadata: { name: "orders-1-1", labels: { "cnpg.io/podRole": "instance" } },
        spec: { nodeSelector, containers: [{ name: "postgres", image, resources: { requests: { cpu, memory } } }] },
        status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
    };
}

async function registered(program: () => unknown, settings: object = {}, version = "17"): Promise<readonly Registration[]> {
    const authorityKey = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const server = { host: "orders-00000000-rw.data.svc", port: 5432, readerHost: "orders-00000000-ro.data.svc", runningVersion: `${version}.1` };
    const outputs = { KubernetesInstance: { ...kubernetesOutputs.KubernetesInstance, version, authorityKey }, KubernetesServer: server };
    return (await recordKubernetes(program, settings, outputs)).registrations;
}

function settings(change: Partial<DatabaseSpec>) {
    return settingsOf(specOf(change));
}

function specOf(change: Partial<DatabaseSpec>): DatabaseSpec {
    const size = { name: "micro", cpu: 1, memoryGb: 1, storageGb: 5 } as const;
    return { size, durability: "standard", databaseName: "orders", settings: {}, tags: {}, ...change } as DatabaseSpec;
}

function placed(settings: object) {
    return { database: { kubernetes: { context: "test", ...settings } } };
}

function refusedBy(args: ConstructorParameters<typeof ManagedDatabase>[1], settings: object = {}) {
    return problemsOf(() => new ManagedDatabase("orders", { environment: placed(settings), ...args }));
}
