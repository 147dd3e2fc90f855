import assert from "node:assert/strict";
import { type Durability, ManagedQueue } from "../../index";
import { configuration, format } from "../../providers/kubernetes/queue/configuration";
import type { Api } from "../../providers/kubernetes/server/api";
import type { InstanceInputs, ServerInputs } from "../../providers/kubernetes/server/inputs";
import { rabbitmq } from "../../providers/kubernetes/server/rabbitmq";
import { assertGolden, recordKubernetes } from "../support/kubernetes-mocks";
import { problemsOf } from "../support/problems";
import type { Registration } from "../support/recorder";

const programs: Readonly<Record<string, { program: () => unknown; settings?: object }>> = {
    "kubernetes-queue": {
        program: () => new ManagedQueue("events", { settings: { heartbeat: "30" }, tags: { team: "shop" }, bindings: { worker: { access: "readonly" } } }),
    },
    "kubernetes-queue-critical": {
        program: () => new ManagedQueue("events", { durability: "critical", version: "4", size: "medium", vhost: "/shop" }),
        settings: {
            storageClass: "fast",
            nodeSelector: { pool: "data" },
            imagePullSecrets: ["mirror"],
            allowedNamespaces: ["shop", "monitoring"],
            images: { rabbitmq: { "4": "mirror.example/rabbitmq:4.2.9-management" } },
        },
    },
    "kubernetes-queue-external": {
        program: () => new ManagedQueue("events", { durability: "ephemeral", highAvailability: true }),
        settings: {
            external: {
                events: { type: "NodePort", hostname: "events.example.com", allowedCidrs: ["10.0.0.0/8"], annotations: { "cloud.example/internal": "true" } },
            },
        },
    },
};

describe("a queue in Kubernetes", () => {
    for (const [name, { program, settings }] of Object.entries(programs)) {
        it(`is the objects of test/golden/${name}.json`, async () => {
            assertGolden(name, (await recordKubernetes(program, settings, { KubernetesInstance: instance })).registrations);
        });
    }

    it("protects what holds or serves the data, by durability", async () => {
        const protectedOf = async (durability: Durability) =>
            (await recordKubernetes(() => new ManagedQueue("events", { durability }))).registrations.filter(({ protect }) => protect).map(({ name }) => name);
        assert.deepEqual(await protectedOf("ephemeral"), []);
        assert.deepEqual(await protectedOf("standard"), ["events", "events-server"]);
        assert.deepEqual(await protectedOf("critical"), ["events", "events-server"]);
    });

    it("waits for the server only when all its objects are there", async () => {
        const { registrations } = await recordKubernetes(() => new ManagedQueue("events", { highAvailability: true }));
        const objects = registrations.filter(({ type }) => type.startsWith("kubernetes:")).map(({ type, name }) => `${type}::${name}`);
        assert.equal(objects.length, 5);
        const server = find(registrations, "events-server");
        assert.deepEqual(
            objects.filter((object) => !server.dependencies?.includes(object)),
            [],
        );
    });

    it("has an odd number of servers: one, or three where one may be lost", async () => {
        const replicas = async (args: ConstructorParameters<typeof ManagedQueue>[1]) => {
            const { registrations } = await recordKubernetes(() => new ManagedQueue("events", args));
            const cluster = registrations.find(({ type }) => type.endsWith(":RabbitmqCluster"));
            return (cluster?.inputs.spec as { replicas: number } | undefined)?.replicas;
        };
        assert.equal(await replicas({}), 1);
        assert.equal(await replicas({ highAvailability: true }), 3);
        assert.equal(await replicas({ durability: "critical" }), 3);
    });

    it("shows no password outside of secrets", async () => {
        const { registrations } = await recordKubernetes(() => new ManagedQueue("events", { bindings: { worker: { password: "hush-hush" } } }));
        const texts = registrations.filter(({ type }) => !type.endsWith(":Secret")).map((registration) => JSON.stringify(registration));
        assert.deepEqual(
            texts.filter((text) => text.includes("hush-hush")),
            [],
        );
    });

    describe("is configured", () => {
        it("for its size: messages find room in memory and on the volume, of any size", () => {
            const limit = (memoryGb: number, storageGb: number) => Number(configured({ memoryGb, storageGb })["disk_free_limit.absolute"]) / 2 ** 30;
            assert.equal(limit(0.25, 1), 0.25);
            assert.equal(limit(2, 20), 2);
            assert.equal(limit(16, 10), 2.5);
            assert.equal(configured()["vm_memory_high_watermark.relative"], "0.7");
        });

        it("as the user says, whichever name of a setting the user takes", () => {
            const settings = configured({ settings: { "vm_memory_high_watermark.absolute": "400MB", "disk_free_limit.relative": "1.5", heartbeat: " 30 " } });
            assert.equal(settings["vm_memory_high_watermark.relative"], undefined);
            assert.equal(settings["vm_memory_high_watermark.absolute"], "400MB");
            // The operator's absolute limit would win over a relative one.
            assert.equal(settings["disk_free_limit.relative"], undefined);
            assert.equal(settings["disk_free_limit.absolute"], String(3 * 2 ** 30));
            assert.match(format(settings), /^heartbeat = 30$/m);
        });

        it("to encrypt everything, and to let its administrator in from inside only", () => {
            const settings = configured();
            for (const prefix of ["ssl_options", "management.ssl", "prometheus.ssl"]) {
                assert.deepEqual([settings[`${prefix}.versions.1`], settings[`${prefix}.versions.2`]], ["tlsv1.3", "tlsv1.2"]);
            }
            assert.equal(settings["prometheus.tcp.listener"], "none");
            assert.equal(settings["loopback_users.data-services"], "true");
        });

        it("to copy its queues to new servers, which join without a restart", async () => {
            assert.equal(configured()["quorum_queue.continuous_membership_reconciliation.target_group_size"], "3");
            const spec = async (highAvailability: boolean) => {
                const { registrations } = await recordKubernetes(() => new ManagedQueue("events", { highAvailability }));
                return registrations.find(({ type }) => type.endsWith(":RabbitmqCluster"))?.inputs.spec as object;
            };
            assert.deepEqual(await spec(true), { ...(await spec(false)), replicas: 3 });
        });
    });

    describe("refuses at preview", () => {
        it("every setting that it decides on, all in one error", () => {
            const refused = {
                "listeners.tcp.default": "5672",
                "ssl_options.verify": "verify_peer",
                "management.tcp.port": "15672",
                "management.ssl.port": "1",
                "management.listener.port": "1",
                "management.path_prefix": "/x",
                "prometheus.tcp.port": "1",
                "loopback_users.data-services": "false",
                loopback_users: "none",
                default_user: "x",
                default_pass: "x",
                anonymous_login_user: "x",
                load_definitions: "/x",
                "definitions.local.path": "/x",
                "cluster_formation.peer_discovery_backend": "x",
                cluster_name: "x",
                total_memory_available_override_value: "1GB",
            };
            const { problems } = refusedBy({ settings: { ...refused, "management.rates_mode": "none", default_vhost: "x", "log.console.level": "debug" } });
            assert.deepEqual(
                problems.map((problem) => problem.split(": ")[0]),
                Object.keys(refused).map((name) => `settings.${name}`),
            );
            assert.match(problems[0] ?? "", /the kubernetes backend sets it.*Remove it/);
        });

        it("what can't be a setting, or can't be handed on by the operator", () => {
            assert.match(refusedBy({ settings: { "heart beat": "1" } }).problems[0] ?? "", /^settings\.heart beat: is no name of RabbitMQ's/);
            for (const value of ["", " ", "1\nlisteners.tcp = 1", "a # b", "a;b", "`a`", '"a"', "'a'", "a\\"]) {
                const { problems } = refusedBy({ settings: { "log.file": value } });
                assert.equal(problems.length, 1, value);
                assert.match(problems[0] ?? "", /^settings\.log\.file: must be one line/);
            }
            assert.match(refusedBy({ settings: { "disk_free_limit.relative": "much" } }).problems[0] ?? "", /must be a number.*"much"/);
        });

        it("a version that it hasn't, and one that the environment's images haven't", () => {
            assert.match(refusedBy({ version: "2" }).problems[0] ?? "", /^version: .*"2".*3, 4/);
            assert.match(
                refusedBy({ version: "3" }, { images: { rabbitmq: { "4": "mirror.example/rabbitmq:4.2" } } }).problems[0] ?? "",
                /^version: the environment's images have no rabbitmq of version "3".*They have: 4/,
            );
        });

        it("tags that are orders to the operator", () => {
            assert.match(
                refusedBy({ tags: { "rabbitmq.com/pauseReconciliation": "true" } }).problems[0] ?? "",
                /^tags\.rabbitmq\.com\/pauseReconciliation: .*the RabbitMQ cluster operator/,
            );
        });

        it("settings and placement at once", () => {
            const { problems } = refusedBy({ settings: { default_user: "x" }, tags: { team: "a b" } });
            assert.deepEqual(
                problems.map((problem) => problem.split(": ")[0]),
                ["tags.team", "settings.default_user"],
            );
        });

        it("to become fewer servers than the cluster has, whatever was asked for before", async () => {
            const asked = (instances: number) => ({ kind: "queue", service: "events", namespace: "data", demands: { instances } }) as unknown as InstanceInputs;
            const refusals = async (has: number, instances: number) =>
                (await rabbitmq.refusals?.(fakeApi({ replicas: has }), "events-1", asked(instances))) ?? [];
            assert.deepEqual(await refusals(1, 3), []);
            assert.deepEqual(await refusals(3, 3), []);
            const [refusal] = await refusals(3, 1);
            assert.equal(refusal?.property, "highAvailability");
            assert.match(refusal?.reason ?? "", /the queue "events": has 3 servers and can't go back to 1.*Set highAvailability: true/);
            assert.deepEqual((await rabbitmq.refusals?.(fakeApi({ missing: true }), "events-1", asked(1))) ?? [], []);
        });
    });

    describe("is pending", () => {
        it("until the operator and the controller have seen the change", async () => {
            assert.match((await pending({ missing: true }))?.reason ?? "", /still at it/);
            assert.match((await pending({ generation: 2, observedGeneration: 1 }))?.reason ?? "", /still at it/);
            assert.match((await pending({ setGeneration: 2, setObservedGeneration: 1 }))?.reason ?? "", /still at it/);
        });

        it("until all servers are there, ready, and of the image that was asked for", async () => {
            assert.match((await pending({ replicas: 1, instances: 3 }))?.reason ?? "", /1 of 3 servers are ready/);
            assert.match((await pending({ readyReplicas: 0 }))?.reason ?? "", /0 of 1 servers are ready/);
            assert.match((await pending({ currentRevision: "old", updatedReplicas: 0 }))?.reason ?? "", /0 of 1 servers are up to date/);
            assert.match((await pending({ currentRevision: "old" }))?.reason ?? "", /servers are ready/);
            assert.match((await pending({ pods: [pod({ image: "rabbitmq:3.13" })] }))?.reason ?? "", /isn't as asked for yet/);
        });

        it("until the volume has grown", async () => {
            assert.match((await pending({ capacity: "1Gi" }))?.reason ?? "", /0 of 1 volumes have 2 GiB/);
        });

        it("until the servers restarted with a changed configuration, which the operator may miss at first", async () => {
            const changedAt = "2026-08-01T10:00:00Z";
            assert.match((await pending({ changedAt }))?.reason ?? "", /to be restarted/);
            // Then the operator restarts them once more.
            assert.match((await pending({ changedAt, restartedAt: changedAt }))?.reason ?? "", /to be restarted/);
            assert.equal(await pending({ changedAt, restartedAt: "2026-08-01T10:00:01Z" }), undefined);
        });

        it("while the operator's conditions are those of a service that isn't available", async () => {
            assert.match(
                (await pending({ conditions: { ClusterAvailable: { status: "False", message: "The service has no endpoints available" } } }))?.reason ?? "",
                /no endpoints/,
            );
        });

        it("without hope for what the operator never does", async () => {
            const found = await pending({
                conditions: { ReconcileSuccess: { status: "False", reason: "UnsupportedOperation", message: "Cluster Scale down not supported" } },
            });
            assert.deepEqual(found, { reason: "the RabbitMQ cluster operator says: Cluster Scale down not supported", hopeless: true });
        });

        it("without hope, in RabbitMQ's own words, where it refuses its settings", async () => {
            const log =
                "2026-08-01 10:00:00.1+00:00 [error] <0.153.0> Error preparing configuration in phase transform_datatypes:\n" +
                "2026-08-01 10:00:00.2+00:00 [error] <0.153.0>   - Error transforming datatype for: heartbeat\n" +
                '2026-08-01 10:00:00.3+00:00 [error] <0.153.0>   - "abc" cannot be converted to a(n) integer\n' +
                "Error during startup: {error,failed_to_prepare_configuration}\n";
            const crashed = { restartCount: 2, lastState: { terminated: { exitCode: 1 } }, state: { waiting: { reason: "CrashLoopBackOff" } } };
            const found = await pending({ readyReplicas: 0, pods: [pod({ ready: false, container: crashed })], log });
            assert.equal(found?.hopeless, true);
            assert.match(
                found?.reason ?? "",
                /RabbitMQ refuses its settings: Error transforming datatype for: heartbeat; "abc" cannot be converted to a\(n\) integer\. Correct/,
            );
            // A pod of an older revision is about to go.
            const old = await pending({ readyReplicas: 0, pods: [pod({ ready: false, container: crashed, revision: "old" })], log });
            assert.match(old?.reason ?? "", /0 of 1 servers are ready/);
            // Another end has other reasons.
            const other = await pending({ readyReplicas: 0, pods: [pod({ ready: false, container: crashed })], log: "- segmentation fault" });
            assert.match(other?.reason ?? "", /ended 2 times with code 1: kubectl logs/);
        });

        it("until the cloud gave the external Service an address", async () => {
            const external = { externalHost: "events.example.com", type: "LoadBalancer" };
            assert.match((await pending(external))?.reason ?? "", /has no address of a load balancer yet/);
            assert.equal(await pending({ ...external, ingress: [{ ip: "192.0.2.1" }] }), undefined);
        });

        it("until each server knows its certificate for the external name", async () => {
            const error = Object.assign(new Error("Hostname/IP does not match"), { code: "ERR_TLS_CERT_ALTNAME_INVALID" });
            assert.match(
                (await pending({ externalHost: "events.example.com", type: "NodePort", handshake: error }))?.reason ?? "",
                /doesn't know its new certificate/,
            );
        });

        it("no longer when all is as asked for", async () => {
            assert.equal(await pending({}), undefined);
        });
    });

    it("is found at the Service's name, from outside at the host and the ports that the cluster chose", async () => {
        const external = { ...inputs({}), externalHost: "events.example.com" };
        assert.deepEqual(await rabbitmq.address(fakeApi({}), inputs({})), {
            host: "events-1.data.svc",
            port: 5671,
            managementUri: "https://events-1.data.svc:15671",
        });
        assert.deepEqual(await rabbitmq.address(fakeApi({ type: "LoadBalancer" }), external), {
            host: "events.example.com",
            port: 5671,
            managementUri: "https://events.example.com:15671",
        });
        assert.deepEqual(await rabbitmq.address(fakeApi({ type: "NodePort" }), external), {
            host: "events.example.com",
            port: 30001,
            managementUri: "https://events.example.com:30002",
        });
    });
});

const instance = {
    name: "events-00000000",
    version: "4",
    adminPassword: "admin-password",
    authority: "authority",
    authorityKey: "authority-key",
    certificate: "certificate",
    certificateKey: "certificate-key",
};

interface World {
    readonly instances?: number;
    readonly missing?: boolean;
    readonly generation?: number;
    readonly observedGeneration?: number;
    readonly setGeneration?: number;
    readonly setObservedGeneration?: number;
    readonly replicas?: number;
    readonly readyReplicas?: number;
    readonly updatedReplicas?: number;
    readonly currentRevision?: string;
    readonly pods?: readonly object[];
    readonly capacity?: string;
    readonly changedAt?: string;
    readonly restartedAt?: string;
    readonly conditions?: Readonly<Record<string, object>>;
    readonly log?: string;
    readonly externalHost?: string;
    readonly type?: string;
    readonly ingress?: readonly object[];
    readonly handshake?: Error;
}

function inputs({ instances = 1, externalHost }: World): ServerInputs {
    return {
        namespace: "data",
        name: "events-1",
        storageGb: 2,
        image: "rabbitmq:4.2",
        instances,
        ...(externalHost && { externalHost }),
    } as unknown as ServerInputs;
}

function pending(world: World) {
    return rabbitmq.pending(fakeApi(world), inputs(world));
}

/** A cluster with one queue in it. */
function fakeApi(world: World): Api {
    const { missing = false, generation = 1, observedGeneration = generation, replicas = 1, readyReplicas = replicas, updatedReplicas = replicas } = world;
    const { setGeneration = 1, setObservedGeneration = setGeneration, currentRevision = "new", pods = [pod({})], capacity = "2Gi", log } = world;
    const conditions = {
        ...{ AllReplicasReady: { status: "True" }, ClusterAvailable: { status: "True" }, ReconcileSuccess: { status: "True" } },
        ...world.conditions,
    };
    const objects: Readonly<Record<string, object>> = {
        rabbitmqclusters: {
            metadata: { name: "events-1", generation },
            status: { observedGeneration, conditions: Object.entries(conditions).map(([type, condition]) => ({ type, ...condition })) },
        },
        statefulsets: {
            metadata: { name: "events-1-server", generation: setGeneration },
            spec: {
                replicas,
                template: { metadata: { annotations: world.restartedAt === undefined ? {} : { "rabbitmq.com/lastRestartAt": world.restartedAt } } },
            },
            status: { observedGeneration: setObservedGeneration, readyReplicas, updatedReplicas, currentRevision, updateRevision: "new" },
        },
        configmaps: { metadata: { annotations: world.changedAt === undefined ? {} : { "rabbitmq.com/serverConfUpdatedAt": world.changedAt } } },
        services: {
            metadata: { name: "events-1-external" },
            spec: {
                type: world.type,
                ports: [
                    { port: 5671, nodePort: 30001 },
                    { port: 15671, nodePort: 30002 },
                ],
            },
            status: { loadBalancer: { ingress: world.ingress } },
        },
    };
    const claim = { metadata: { name: "persistence-events-1-server-0" }, spec: {}, status: { capacity: { storage: capacity } } };
    return {
        get: async (path: string) => (missing ? undefined : objects[path.split("/").at(-2) ?? ""]),
        list: async (path: string) => (path.includes("/pods") ? pods : [claim]),
        log: async () => log,
        withForward: async () => world.handshake,
    } as unknown as Api;
}

function pod({
    revision = "new",
    ready = true,
    image = "rabbitmq:4.2",
    container = {},
}: {
    revision?: string;
    ready?: boolean;
    image?: string;
    container?: object;
}) {
    return {
        metadata: { name: "events-1-server-0", labels: { "controller-revision-hash": revision } },
        spec: { containers: [{ name: "rabbitmq", image }] },
        status: {
            conditions: [{ type: "Ready", status: ready ? "True" : "False" }],
            containerStatuses: [{ name: "rabbitmq", restartCount: 0, state: { running: {} }, ...container }],
        },
    };
}

function configured(change: { settings?: Record<string, string>; memoryGb?: number; storageGb?: number } = {}): Record<string, string> {
    const { settings = {}, memoryGb = 2, storageGb = 20 } = change;
    const size = { name: "small", cpu: 1, memoryGb, storageGb } as const;
    return configuration({ size, settings } as Parameters<typeof configuration>[0]);
}

function refusedBy(args: ConstructorParameters<typeof ManagedQueue>[1], settings: object = {}) {
    return problemsOf(() => new ManagedQueue("events", { environment: { queue: { kubernetes: { context: "test", ...settings } } }, ...args }));
}

function find(registrations: readonly Registration[], name: string): Registration {
    const found = registrations.find((registration) => registration.name === name);
    assert.ok(found, name);
    return found;
}
