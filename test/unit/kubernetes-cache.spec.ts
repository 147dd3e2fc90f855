import assert from "node:assert/strict";
import { type Durability, ManagedCache } from "../../index";
import { directivesOf } from "../../providers/kubernetes/cache/configuration";
import { probeCommands, startScript, systemUsers } from "../../providers/kubernetes/cache/start";
import type { Api } from "../../providers/kubernetes/server/api";
import type { ServerInputs } from "../../providers/kubernetes/server/inputs";
import { valkey } from "../../providers/kubernetes/server/valkey";
import { assertGolden, recordKubernetes } from "../support/kubernetes-mocks";
import { problemsOf } from "../support/problems";
import type { Registration } from "../support/recorder";

const programs: Readonly<Record<string, { program: () => unknown; settings?: object }>> = {
    "kubernetes-cache": {
        program: () => new ManagedCache("sessions", { settings: { databases: "4" }, tags: { team: "shop" }, bindings: { dashboard: { keys: ["session:*"] } } }),
    },
    "kubernetes-cache-critical": {
        program: () => new ManagedCache("sessions", { durability: "critical", version: "8", evictionPolicy: "noeviction" }),
        settings: {
            storageClass: "fast",
            nodeSelector: { pool: "data" },
            imagePullSecrets: ["mirror"],
            allowedNamespaces: ["shop"],
            images: { valkey: { "8": "mirror.example/valkey:8.1" } },
        },
    },
    "kubernetes-cache-external": {
        program: () => new ManagedCache("sessions", { durability: "ephemeral" }),
        settings: {
            external: { sessions: { hostname: "sessions.example.com", allowedCidrs: ["10.0.0.0/8"], annotations: { "cloud.example/internal": "true" } } },
        },
    },
};

describe("a cache in Kubernetes", () => {
    for (const [name, { program, settings }] of Object.entries(programs)) {
        it(`is the objects of test/golden/${name}.json`, async () => {
            assertGolden(name, (await recordKubernetes(program, settings)).registrations);
        });
    }

    it("protects what holds or serves the data, by durability", async () => {
        const protectedOf = async (durability: Durability) =>
            (await recordKubernetes(() => new ManagedCache("sessions", { durability }))).registrations.filter(({ protect }) => protect).map(({ name }) => name);
        assert.deepEqual(await protectedOf("ephemeral"), []);
        assert.deepEqual(await protectedOf("standard"), ["sessions", "sessions-data", "sessions-server"]);
        assert.deepEqual(await protectedOf("critical"), ["sessions", "sessions-data", "sessions-server"]);
    });

    it("waits for the server only when all its objects are there", async () => {
        const { registrations } = await recordKubernetes(() => new ManagedCache("sessions"));
        const objects = registrations.filter(({ type }) => type.startsWith("kubernetes:")).map(({ type, name }) => `${type}::${name}`);
        assert.equal(objects.length, 7);
        const server = find(registrations, "sessions-server");
        assert.deepEqual(
            objects.filter((object) => !server.dependencies?.includes(object)),
            [],
        );
    });

    it("is as durable as asked for", () => {
        const fsync = (durability: Durability) => directives({ durability }).appendfsync;
        assert.deepEqual([fsync("ephemeral"), fsync("standard"), fsync("critical")], ["no", "everysec", "always"]);
        assert.equal(directives({}).appendonly, "yes");
        assert.equal(directives({ settings: { appendfsync: "no" }, durability: "critical" }).appendfsync, "no");
    });

    it("has a revision that changes with every setting and with nothing else", () => {
        const revision = (change: Parameters<typeof directives>[0]) => directives(change)["proc-title-template"];
        const all = [revision({}), revision({ settings: { hz: "20" } }), revision({ evictionPolicy: "noeviction" }), revision({ durability: "critical" })];
        assert.equal(new Set(all).size, all.length);
        assert.equal(revision({ settings: { hz: "20" } }), revision({ settings: { HZ: " 20 " } }));
    });

    it("knows passwords in its ACL file by their hashes only", () => {
        const [first, admin, probe] = systemUsers("hush").split("\n");
        assert.equal(first, "user default reset off");
        assert.match(admin ?? "", /^user data_services_admin on #[0-9a-f]{64} ~\* &\* \+@all$/);
        assert.match(probe ?? "", /^user data_services_probe on #[0-9a-f]{64} -@all \+ping$/);
        assert.ok(!`${systemUsers("hush")}${probeCommands("hush")}${startScript}`.includes("hush"));
    });

    describe("refuses at preview", () => {
        it("every setting that it decides on, all in one error", () => {
            const refused = {
                port: "6379",
                "tls-port": "1",
                ACLFile: "/x",
                appendonly: "no",
                dir: "/x",
                bind: "0.0.0.0",
                replicaof: "a 1",
                "cluster-enabled": "yes",
                requirepass: "x",
                "proc-title-template": "x",
            };
            const { problems } = refusedBy({ settings: { ...refused, hz: "20" } });
            assert.deepEqual(
                problems.map((problem) => problem.split(":")[0]),
                Object.keys(refused).map((name) => `settings.${name}`),
            );
            assert.match(problems[0] ?? "", /the backend "kubernetes" sets it.*Remove it from settings/);
        });

        it("what can't be a setting", () => {
            assert.deepEqual(refusedBy({ settings: { "max memory": "1", hz: "20\nport 1" } }).problems, [
                'settings.max memory: is no setting of Valkey: a name holds letters, digits and "-".',
                'settings.hz: must be one line, got "20\\nport 1".',
            ]);
        });

        it("high availability", () => {
            const { problems } = refusedBy({ highAvailability: true });
            assert.equal(problems.length, 1);
            assert.match(problems[0] ?? "", /^highAvailability: the backend "kubernetes" has no high availability for a cache/);
        });

        it("a version that it hasn't, and one that the environment's images haven't", () => {
            assert.match(refusedBy({ version: "6" }).problems[0] ?? "", /^version: .*"6".*7, 8, 9/);
            assert.match(
                refusedBy({ version: "9" }, { images: { valkey: { "8": "mirror.example/valkey:8.1" } } }).problems[0] ?? "",
                /^version: the environment's images have no valkey of version "9".*They have: 8/,
            );
        });

        it("tags that can't be labels, and clusters that aren't there", () => {
            assert.match(refusedBy({ tags: { team: "a b" } }).problems[0] ?? "", /^tags.team: can't be a Kubernetes label/);
            const [problem] = refusedBy({}, { clusters: { east: { context: "east" } }, placement: { sessions: "esat" } }).problems;
            assert.match(problem ?? "", /placement\.sessions: there is no cluster "esat"; did you mean "east"\? Clusters: east\./);
        });
    });

    describe("is pending", () => {
        it("until the controller has seen the change", async () => {
            assert.match((await pending({ generation: 2, observedGeneration: 1 }))?.reason ?? "", /has yet to look/);
        });

        it("while an older pod runs, or none, or two", async () => {
            assert.match((await pending({ pods: [pod({ revision: "old" })] }))?.reason ?? "", /being replaced/);
            assert.match((await pending({ pods: [] }))?.reason ?? "", /being replaced/);
            assert.match((await pending({ pods: [pod({ revision: "old" }), pod({})] }))?.reason ?? "", /starts/);
        });

        it("until the pod is ready", async () => {
            assert.match((await pending({ pods: [pod({ ready: false })] }))?.reason ?? "", /its server starts/);
            assert.match((await pending({ pods: [{ ...pod({}), metadata: { ...pod({}).metadata, deletionTimestamp: "now" } }] }))?.reason ?? "", /starts/);
        });

        it("until the volume has grown", async () => {
            assert.match((await pending({ capacity: "1Gi" }))?.reason ?? "", /has 1Gi and grows to 2 GiB/);
        });

        it("without hope, in the server's own words, where it never started", async () => {
            const message =
                "1:M 22 Nov # Warning\n\n*** FATAL CONFIG FILE ERROR (Version 8.1.1) ***\nReading the configuration file, at line 3\n>>> 'hz many'\nargument couldn't be parsed into an integer\n";
            const broken = {
                ...pod({ ready: false }),
                status: { containerStatuses: [{ name: "valkey", restartCount: 1, lastState: { terminated: { exitCode: 1, message } } }] },
            };
            const found = await pending({ pods: [broken] });
            assert.equal(found?.hopeless, true);
            assert.match(found?.reason ?? "", /refuses its settings: Reading the configuration file, at line 3 >>> 'hz many' argument couldn't be parsed/);
        });

        it("without hope where somebody deleted the StatefulSet", async () => {
            const found = await valkey.pending(fakeApi({ missing: true }), inputs);
            assert.equal(found?.hopeless, true);
            assert.match(found?.reason ?? "", /pulumi refresh/);
        });

        it("no longer when all is as asked for", async () => {
            assert.equal(await pending({}), undefined);
        });
    });

    it("is found at the Service's name, from outside at the host and the port that the cluster chose", async () => {
        const external = { ...inputs, externalHost: "sessions.example.com" };
        assert.deepEqual(await valkey.address(fakeApi({}), inputs), { host: "sessions-1.data.svc", port: 6379 });
        assert.deepEqual(await valkey.address(fakeApi({ type: "LoadBalancer" }), external), { host: "sessions.example.com", port: 6379 });
        assert.deepEqual(await valkey.address(fakeApi({ type: "NodePort" }), external), { host: "sessions.example.com", port: 30001 });
    });
});

const inputs = { namespace: "data", name: "sessions-1", storageGb: 2 } as unknown as ServerInputs;

interface World {
    readonly generation?: number;
    readonly observedGeneration?: number;
    readonly pods?: readonly object[];
    readonly capacity?: string;
    readonly missing?: boolean;
    readonly type?: string;
}

function pending(world: World) {
    return valkey.pending(fakeApi(world), inputs);
}

/** A cluster with one cache in it. */
function fakeApi({ generation = 1, observedGeneration = generation, pods = [pod({})], capacity = "2Gi", missing = false, type }: World): Api {
    const set = { metadata: { name: "sessions-1", generation }, status: { observedGeneration, updateRevision: "new" } };
    const service = { spec: { type, ports: [{ nodePort: 30001 }] } };
    const claim = { metadata: { name: "sessions-1-data" }, spec: {}, status: { capacity: { storage: capacity } } };
    return {
        get: async (path: string) => (path.includes("/services/") ? service : missing ? undefined : set),
        list: async (path: string) => (path.includes("/pods") ? pods : [claim]),
    } as unknown as Api;
}

function pod({ revision = "new", ready = true }: { revision?: string; ready?: boolean }) {
    return {
        metadata: { name: "sessions-1-0", labels: { "controller-revision-hash": revision } },
        spec: { containers: [] },
        status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
    };
}

function directives(change: Partial<Parameters<typeof directivesOf>[0]>) {
    const size = { name: "nano", cpu: 0.25, memoryGb: 0.25, storageGb: 1 } as const;
    return directivesOf({ size, durability: "standard", evictionPolicy: "allkeys-lru", settings: {}, ...change } as Parameters<typeof directivesOf>[0]);
}

function refusedBy(args: ConstructorParameters<typeof ManagedCache>[1], settings: object = {}) {
    return problemsOf(() => new ManagedCache("sessions", { environment: { cache: { kubernetes: { context: "test", ...settings } } }, ...args }));
}

function find(registrations: readonly Registration[], name: string): Registration {
    const found = registrations.find((registration) => registration.name === name);
    assert.ok(found, name);
    return found;
}
