import assert from "node:assert/strict";
import Valkey from "iovalkey";
import { assertIncludes, assertNothingLost, assertUnchanged } from "../support/assertions";
import { type Binding, withCache } from "../support/clients";
import { Project } from "../support/engine";
import { clusterOrSkip, describeOnCluster, newNamespace, removeNamespace, type TestCluster } from "../support/kubernetes";
import { eventually } from "../support/processes";

interface Outputs {
    readonly bindings: Readonly<Record<"sessions" | "reader", Binding>>;
    readonly version: string;
}

interface PodFacts {
    readonly metadata: { readonly name: string; readonly uid: string };
    readonly spec: { readonly containers: readonly { readonly resources: unknown }[] };
}

const program = `
import { readFileSync } from "node:fs";
import { ManagedCache, exportBindings } from "pulumi-data-services";

const sessions = new ManagedCache("sessions", JSON.parse(readFileSync("args.json", "utf8")));
export const bindings = exportBindings({ sessions, reader: sessions.bind("reader", { access: "readonly" }) });
export const version = sessions.version;
`;

const hostname = "sessions.example.test";
describeOnCluster("a cache in a cluster", function () {
    this.timeout(300_000);
    let cluster: TestCluster;
    let namespace: string;
    let project: Project;
    let main: Binding;
    let reader: Binding;
    let adminPassword: string;
    let args: Readonly<Record<string, unknown>> = { size: "nano", cpu: 0.1 };

    before("provision", async function () {
        this.timeout(45 * 60_000); // builds a cluster the first time
        cluster = await clusterOrSkip(this);
        namespace = await newNamespace(cluster, "cache");
        // The strictest of Kubernetes' own standards: pods that don't meet it are refused.
        await cluster.kubectl.must("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted");
        project = new Project({ program, name: "cache" });
        place();
        await change({});
        await readBindings();
        adminPassword = await readAdminPassword();
    });

    after(async () => {
        await project?.remove();
        if (namespace !== undefined) {
            await removeNamespace(cluster, namespace);
            await removeVolumes();
        }
    });

    it("runs what was asked for, and says so", async () => {
        assert.match((await project.outputs<Outputs>()).version, /^8\./);
        const [container] = (await pod()).spec.containers;
        assert.deepEqual(container?.resources, { limits: { cpu: "100m", memory: "256Mi" }, requests: { cpu: "100m", memory: "256Mi" } });
        assert.equal(await setting("maxmemory"), String(192 * 2 ** 20));
        assert.equal(main.host, `${(await pod()).metadata.name.replace(/-0$/, "")}.${namespace}.svc`);
        assert.equal(main.port, 6379);
    });

    it("keeps passwords out of its objects and out of the state: a Secret holds hashes, and the key of its certificate", async () => {
        const objects = await cluster.kubectl.must("--namespace", namespace, "get", "configmaps,statefulsets,services", "--output", "yaml");
        for (const secret of [main.password, reader.password, adminPassword]) {
            assert.ok(!objects.includes(secret));
        }
        const { data } = JSON.parse(await get("secret", `--selector=app.kubernetes.io/part-of=sessions`)).items[0] as { data: Record<string, string> };
        const texts = Object.values(data).map((text) => Buffer.from(text, "base64").toString());
        assert.ok(texts.every((text) => !text.includes(adminPassword)));
        const state = JSON.stringify(await project.exportState());
        assert.ok(![main.password, reader.password, adminPassword].some((text) => state.includes(text)));
        assert.ok(texts.some((text) => /^user default .*off/.test(text)));
    });

    it("refuses connections without TLS, without a user, and whoever asks for readiness all but that", async () => {
        const plain = main.uri.replace("rediss:", "redis:");
        await assert.rejects(withCache(main, (client) => client.get("a"), plain));
        const anonymous = main.uri.replace(/\/\/.*@/, "//");
        await assert.rejects(
            withCache(main, (client) => client.get("a"), anonymous),
            /NOAUTH/,
        );
        const commands = JSON.parse(await get("secret", `--selector=app.kubernetes.io/part-of=sessions`)).items[0].data.probe as string;
        const [, username, password] = /^AUTH (\S+) (\S+)/.exec(Buffer.from(commands, "base64").toString()) ?? [];
        const { host, port, certificates } = main;
        const tls = certificates === undefined ? {} : { ca: certificates };
        const login = { username: username ?? "", password: password ?? "" };
        const client = new Valkey({ host, port, ...login, tls, lazyConnect: true, enableReadyCheck: false, retryStrategy: () => null });
        await client.connect();
        assert.equal(await client.ping(), "PONG");
        await assert.rejects(client.get("a"), /NOPERM|permissions/);
        client.disconnect();
    });

    it("changes settings and the eviction policy without a restart, and they are in force once up is over", async () => {
        const before = await pod();
        assertNothingLost(await change({ evictionPolicy: "noeviction", settings: { "hash-max-listpack-entries": "7" } }));
        assert.equal(await setting("maxmemory_policy", "INFO"), "noeviction");
        assert.equal(await setting("hash-max-listpack-entries"), "7");
        assert.equal((await pod()).metadata.uid, before.metadata.uid);
        assertUnchanged(await project.up());
    });

    it("restarts for a setting that needs it, and data and users are still there", async () => {
        const before = await pod();
        await withCache(main, (client) => client.set("kept", "through the restart"));
        await change({ settings: { databases: "3" } });
        assert.notEqual((await pod()).metadata.uid, before.metadata.uid);
        assert.equal(await setting("databases"), "3");
        // One that is no longer asked for has its default again.
        assert.equal(await setting("hash-max-listpack-entries"), "512");
        assert.equal(await withCache(reader, (client) => client.get("kept")), "through the restart");
    });

    it("refuses settings that the server refuses, which goes on with those before, also after a restart", async () => {
        const before = await pod();
        const { output } = await failingChange({ settings: { databases: "3", "maxmemory-samples": "many" } });
        assertIncludes(output, 'the cache "sessions"', "refuses the settings", "maxmemory-samples");
        assert.equal((await pod()).metadata.uid, before.metadata.uid);
        await killPod();
        await eventually("the server to come back", async () => (await readKept()) === "through the restart", 60);
        assertIncludes(
            (await failingChange({ settings: { databases: "3", "maxmemory-samples": "many" } })).output,
            "refuses the settings",
            "maxmemory-samples",
        );
        await change({ settings: { databases: "3" } });
        assert.equal(await setting("databases"), "3");
    });

    it("loses nothing that it acknowledged when its pod is killed", async () => {
        const written: string[] = [];
        const writing = withCache(main, async (client) => {
            for (let number = 0; ; number += 1) {
                await client.set(`written:${number}`, "x");
                written.push(`written:${number}`);
            }
        }).catch(() => undefined);
        await eventually("some writes", () => written.length > 500);
        await killPod();
        await writing;
        await eventually("the server to come back", async () => (await readKept()) !== undefined, 60);
        const found = await withCache(main, (client) => client.mget(written));
        assert.equal(found.filter((value) => value === "x").length, written.length);
        assertUnchanged(await project.up());
    });

    it("converges after up was killed half-way", async () => {
        write({ size: "nano", cpu: 0.1, settings: {}, storageGb: 2, memoryGb: 0.375 });
        const run = await project.start("up");
        await eventually("the StatefulSet's update", () => run.events().some((event) => JSON.stringify(event).includes("StatefulSet")), 60);
        await run.kill();
        await project.cancel();
        await project.up();
        assertUnchanged(await project.up());
        assert.equal(await readKept(), "through the restart");
        assert.equal(await setting("maxmemory"), String(0.375 * 0.75 * 2 ** 30));
        // Grown in place.
        const [claim] = JSON.parse(await get("persistentvolumeclaims")).items as { status: { capacity: { storage: string } } }[];
        assert.equal(claim?.status.capacity.storage, "2Gi");
        args = { size: "nano", cpu: 0.1, storageGb: 2, memoryGb: 0.375 };
    });

    it("is reachable from outside where the environment says so, by a name in a new certificate", async () => {
        place({ external: { sessions: { type: "NodePort", hostname, allowedCidrs: ["10.0.0.0/8"] } } });
        assertNothingLost(await change({}));
        const outside = (await project.outputs<Outputs>()).bindings.sessions;
        assert.equal(outside.host, hostname);
        const node = JSON.parse(await cluster.kubectl.must("get", "nodes", "--output", "json")).items[0] as { status: { addresses: { address: string }[] } };
        const { username, password, port, certificates } = outside;
        const tls = { servername: hostname, ...(certificates === undefined ? {} : { ca: certificates }) };
        const client = new Valkey({
            host: node.status.addresses[0]?.address ?? "",
            port,
            username,
            password,
            tls,
            lazyConnect: true,
            retryStrategy: () => null,
        });
        await client.connect();
        assert.equal(await client.get("kept"), "through the restart");
        client.disconnect();
        place();
        await change({});
        assert.equal((await project.outputs<Outputs>()).bindings.sessions.host, main.host);
    });

    it("refuses a destroy, and nobody loses access", async () => {
        assertIncludes((await project.fails("destroy")).output, "cannot be deleted");
        assert.equal(await readKept(), "through the restart");
        await project.up();
        await readBindings();
        assert.equal(await readKept(), "through the restart");
    });

    it("keeps the volume of a service that is deleted, with the data in it", async () => {
        await project.unprotect();
        const { output } = await project.destroy();
        const [volume, ...others] = await volumes();
        assert.deepEqual(others, []);
        assert.equal(volume?.status.phase, "Released");
        assertIncludes(output, "were kept", volume?.metadata.name ?? "");
        const left = await cluster.kubectl.must("--namespace", namespace, "get", "all,pvc,secrets,networkpolicies,pdb", "--output", "name");
        assert.equal(left, "");
        assert.equal(await readFrom(volume?.metadata.name ?? "", "kept"), "through the restart");
    });

    function place(more: object = {}): void {
        project.environment({ cache: { kubernetes: { ...cluster.settings, namespace, ...more } } });
    }

    function write(all: Readonly<Record<string, unknown>>): void {
        project.write("args.json", JSON.stringify(all));
    }

    async function change(more: Readonly<Record<string, unknown>>) {
        args = { ...args, ...more };
        write(args);
        return project.up();
    }

    async function failingChange(more: Readonly<Record<string, unknown>>) {
        write({ ...args, ...more });
        return project.fails("up");
    }

    async function readBindings(): Promise<void> {
        ({ sessions: main, reader } = (await project.outputs<Outputs>()).bindings);
    }

    function get(kind: string, ...more: string[]): Promise<string> {
        return cluster.kubectl.must("--namespace", namespace, "get", kind, "--output", "json", ...more);
    }

    async function pod(): Promise<PodFacts> {
        const [found] = JSON.parse(await get("pods")).items as PodFacts[];
        assert.ok(found);
        return found;
    }

    async function killPod(): Promise<void> {
        await cluster.kubectl.must("--namespace", namespace, "delete", "pod", (await pod()).metadata.name, "--grace-period=0", "--force");
    }

    function readKept(): Promise<string | null | undefined> {
        return withCache(main, (client) => client.get("kept")).catch(() => undefined);
    }

    /** What the administrator, who is in no binding, is told. */
    async function setting(name: string, command: "CONFIG" | "INFO" = "CONFIG"): Promise<string | undefined> {
        const uri = main.uri.replace(/\/\/.*@/, `//data_services_admin:${adminPassword}@`);
        return withCache(
            main,
            async (client) => {
                if (command === "INFO") {
                    return new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(await client.info())?.[1];
                }
                return ((await client.config("GET", name)) as string[])[1];
            },
            uri,
        );
    }

    async function readAdminPassword(): Promise<string> {
        const { stdout } = await project.pulumi(["stack", "export", "--show-secrets", "--stack", "dev"]);
        const { resources } = JSON.parse(stdout).deployment as { resources: { type: string; outputs: { adminPassword: unknown } }[] };
        const secret = resources.find(({ type }) => type.endsWith(":KubernetesInstance"))?.outputs.adminPassword as { plaintext: string };
        return JSON.parse(secret.plaintext);
    }

    async function volumes(): Promise<{ metadata: { name: string }; spec: { claimRef?: { namespace: string } }; status: { phase: string } }[]> {
        const { items } = JSON.parse(await cluster.kubectl.must("get", "persistentvolumes", "--output", "json"));
        return items.filter((one: { spec: { claimRef?: { namespace: string } } }) => one.spec.claimRef?.namespace === namespace);
    }

    async function removeVolumes(): Promise<void> {
        for (const { metadata } of await volumes()) {
            await cluster.kubectl.run("patch", "persistentvolume", metadata.name, "--patch", '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}');
        }
    }

    /** One key of the data on a volume, from a server that knows nothing of the one that wrote it. */
    async function readFrom(volume: string, key: string): Promise<string> {
        const { kubectl, settings } = cluster;
        await kubectl.must("patch", "persistentvolume", volume, "--patch", '{"spec":{"claimRef":null}}');
        const claim = {
            accessModes: ["ReadWriteOnce"],
            volumeName: volume,
            storageClassName: settings.storageClass,
            resources: { requests: { storage: "1Gi" } },
        };
        const metadata = { namespace, name: "found" };
        const security = {
            allowPrivilegeEscalation: false,
            runAsNonRoot: true,
            runAsUser: 999,
            capabilities: { drop: ["ALL"] },
            seccompProfile: { type: "RuntimeDefault" },
        };
        const container = {
            name: "valkey",
            image: settings.images?.valkey["8"] ?? "valkey/valkey:8.1",
            command: ["valkey-server", "--dir", "/data", "--appendonly", "yes"],
            volumeMounts: [{ name: "data", mountPath: "/data" }],
            securityContext: security,
        };
        const spec = { containers: [container], volumes: [{ name: "data", persistentVolumeClaim: { claimName: "found" } }] };
        for (const object of [
            { apiVersion: "v1", kind: "PersistentVolumeClaim", metadata, spec: claim },
            { apiVersion: "v1", kind: "Pod", metadata, spec },
        ]) {
            project.write("object.json", JSON.stringify(object));
            await kubectl.must("apply", "--filename", `${project.directory}/object.json`);
        }
        await kubectl.must("--namespace", namespace, "wait", "--for=condition=Ready", "pod/found", "--timeout=60s");
        return eventually(
            "the data to be loaded",
            async () => {
                const { ok, stdout } = await kubectl.run("--namespace", namespace, "exec", "found", "--", "valkey-cli", "get", key);
                return ok && stdout.trim();
            },
            30,
        );
    }
});
