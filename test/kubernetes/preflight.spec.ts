import assert from "node:assert/strict";
import { join } from "node:path";
import { type Change, kubeconfigOf, type StandIn, standIn } from "../support/api-stand-in";
import { assertIncludes, assertUnchanged } from "../support/assertions";
import { type Binding, withCache } from "../support/clients";
import { Project } from "../support/engine";
import { clusterOrSkip, describeOnCluster, newNamespace, removeNamespace, type TestCluster } from "../support/kubernetes";

const program = `
import { readFileSync } from "node:fs";
import * as services from "pulumi-data-services";

const { kind, name, args } = JSON.parse(readFileSync("wish.json", "utf8"));
const service = new services[kind](name, args);
export const bindings = services.exportBindings({ service });
`;

/** What a program asks for. */
interface Wish {
    /** @default "ManagedCache" */
    readonly kind?: "ManagedDatabase" | "ManagedQueue" | "ManagedCache";
    /** @default "sessions" */
    readonly name?: string;
    readonly args?: Readonly<Record<string, unknown>>;
    /** Over those of the test's cluster. */
    readonly settings?: Readonly<Record<string, unknown>>;
}

describeOnCluster("before anything changes in a cluster", function () {
    this.timeout(300_000);
    let cluster: TestCluster;
    let namespace: string;
    let project: Project;
    const standIns: StandIn[] = [];

    before(async function () {
        this.timeout(45 * 60_000); // builds a cluster the first time
        cluster = await clusterOrSkip(this);
        namespace = await newNamespace(cluster, "preflight");
        project = new Project({ program, name: "preflight" });
    });

    after(async () => {
        for (const one of standIns) {
            one.close();
        }
        await project?.remove();
        if (namespace !== undefined) {
            await removeNamespace(cluster, namespace);
        }
    });

    describe("a new service is refused", () => {
        afterEach("nothing was made", async () => {
            assert.deepEqual((await project.exportState()).deployment.resources ?? [], []);
            assert.equal(await objects(), "");
        });

        it("without the kubeconfig", () =>
            refuses(
                { settings: { kubeconfig: "/nowhere/config" } },
                "property kubeconfig",
                'the cache "sessions": there is no kubeconfig file "/nowhere/config"',
            ));

        it("without any kubeconfig", () =>
            refuses({ settings: { kubeconfig: undefined } }, "property kubeconfig", "this machine has no kubeconfig: KUBECONFIG isn't set"));

        it("with a kubeconfig that isn't one", () =>
            refuses({ settings: { kubeconfig: file("broken", "{") } }, "property kubeconfig", 'the cache "sessions": the kubeconfig "', "can't be read"));

        it("with a context that the kubeconfig hasn't, which says what it has", () =>
            refuses({ settings: { context: "prod" } }, "property context", 'has no context "prod". It has: ', "Name one of them in the environment"));

        it("where no API server answers", () =>
            refuses(
                { settings: { kubeconfig: file("dead", kubeconfigOf("https://127.0.0.1:1", {})) } },
                "property context",
                'the cache "sessions": the Kubernetes API server at https://127.0.0.1:1 can\'t be reached',
                "ECONNREFUSED",
            ));

        it("where the API server is another than the kubeconfig trusts", async () => {
            const { server } = await realCluster();
            await refuses({ settings: { kubeconfig: file("strange", kubeconfigOf(server, {})) } }, "property context", "can't be reached", "certificate");
        });

        it("with credentials that the API server doesn't take", async () => {
            const { server, authority } = await realCluster();
            const kubeconfig = file("wrong", kubeconfigOf(server, { token: "hush-hush" }, authority));
            const output = await refuses({ settings: { kubeconfig } }, "property context", "401", "Log in anew, or name another context");
            assert.ok(!output.includes("hush-hush"));
        });

        it("in a namespace that isn't there", () =>
            refuses({ settings: { namespace: "nowhere" } }, "property namespace", 'no namespace "nowhere"', "kubectl create namespace nowhere"));

        it("with a StorageClass that isn't there, and says which are", () =>
            refuses(
                { settings: { storageClass: "nope" } },
                "property storageClass",
                'no StorageClass "nope"',
                "Name one of these",
                cluster.settings.storageClass,
            ));

        it("without a StorageClass where the cluster has no default one", async () => {
            const kubeconfig = await differing("no-default", (path, answer) => {
                const classes = path.startsWith("/apis/storage.k8s.io/v1/storageclasses") && (answer as { items: { metadata: object }[] }).items;
                return classes
                    ? {
                          body: {
                              ...(answer as object),
                              items: classes.map(({ metadata, ...more }) => ({ ...more, metadata: { ...metadata, annotations: {} } })),
                          },
                      }
                    : undefined;
            });
            await refuses(
                { settings: { kubeconfig, storageClass: undefined } },
                "property storageClass",
                "the cluster has no default StorageClass. Name one of these as storageClass in the environment:",
                cluster.settings.storageClass,
            );
        });

        it("that no node is large enough for, and all that is wrong is told at once", () =>
            refuses(
                { args: { cpu: 1000, memoryGb: 100_000 }, settings: { namespace: "nowhere" } },
                'the cache "sessions": asks for 1000 cores, and the largest node has',
                "asks for 100000 GiB of memory, and the largest node has",
                "set autoscaling: true in the environment",
                'no namespace "nowhere"',
            ));

        it("that no node may take", () =>
            refuses(
                { settings: { nodeSelector: { "example.com/disk": "none" } } },
                "property nodeSelector",
                "no node of the cluster has all the labels of nodeSelector",
            ));

        it("whose servers must be on more nodes than there are", async () => {
            // A cluster of the user's own may have enough.
            const kubeconfig = await differing("one-node", (path, answer) => {
                const nodes = path.startsWith("/api/v1/nodes") && (answer as { items: object[] }).items;
                return nodes ? { body: { ...(answer as object), items: nodes.slice(0, 1) } } : undefined;
            });
            await refuses(
                { kind: "ManagedDatabase", name: "orders", args: { durability: "critical" }, settings: { kubeconfig } },
                "property antiAffinity",
                'the database "orders": its 3 servers must run on different nodes, and 1 can take them',
                'antiAffinity: "preferred"',
            );
        });

        it("whose operator isn't there, which says how to install it", async () => {
            const kubeconfig = await differing("no-operator", (path) =>
                path.startsWith("/apis/postgresql.cnpg.io/v1") ? { status: 404, body: { kind: "Status", message: "not found", code: 404 } } : undefined,
            );
            await refuses(
                { kind: "ManagedDatabase", name: "orders", settings: { kubeconfig } },
                'the database "orders": the cluster knows no Cluster (postgresql.cnpg.io/v1)',
                "Operators",
            );
        });

        it("with a name that is too long, and says how long it may be", () =>
            refuses({ name: `s${"x".repeat(63)}` }, "name: must be at most 63 characters, got 64"));
    });

    it("what its user may not see isn't a reason to refuse", async () => {
        const kubeconfig = await differing("forbidden", (path) =>
            /^\/api\/v1\/nodes|storageclasses|^\/api\/v1\/namespaces\/(?!kube-system)[^/]*$/.test(path)
                ? { status: 403, body: { kind: "Status", message: "forbidden", code: 403 } }
                : undefined,
        );
        ask({ args: { cpu: 1000 }, settings: { kubeconfig } });
        await project.preview();
    });

    describe("a living service", () => {
        const living: Wish = { name: `sessions-${"x".repeat(54)}`, args: { version: "8", size: "nano", cpu: 0.1, durability: "ephemeral", storageGb: 2 } };
        let present: string;
        let binding: Binding;

        before(async () => {
            assert.equal(living.name?.length, 63);
            ask(living);
            await project.up();
            ({ service: binding } = (await project.outputs<{ bindings: { service: Binding } }>()).bindings);
            await withCache(binding, (client) => client.set("kept", "all along"));
            present = await objects();
        });

        after(() => project.destroy());

        afterEach("nothing happened to it", async () => {
            assert.equal(await objects(), present);
            assert.equal(await withCache(binding, (client) => client.get("kept")), "all along");
            ask(living);
            assertUnchanged(await project.preview());
        });

        it("with a name of 63 characters is there, under a shorter one", async () => {
            const names = present.split("\n").map((line) => line.split(/\s+/)[0]?.split("/")[1] ?? "");
            assert.ok(names.length >= 7);
            for (const name of names) {
                assert.ok(name.length <= 63 && name.startsWith("sessions-xxx"), name);
            }
        });

        it("doesn't shrink", () =>
            refuses(
                { ...living, args: { ...living.args, storageGb: 1 } },
                "property storageGb",
                "has 2 GiB of storage; storage never shrinks",
                "Set storageGb: 2",
            ));

        it("doesn't go back to an older version", () =>
            refuses(
                { ...living, args: { ...living.args, version: "7" } },
                "property version",
                "runs version 8; data never go back to an older version",
                'Set version: "8"',
            ));

        it("doesn't jump a major version unless told so", async () => {
            const newer = { ...living, args: { ...living.args, version: "9" } };
            await refuses(newer, "property version", "runs version 8. Moving it to 9", "allowMajorUpgrade: true");
            ask({ ...newer, args: { ...newer.args, allowMajorUpgrade: true } });
            await project.preview();
        });

        it("keeps its version when the newest one moves on", async () => {
            const { version: _, ...unversioned } = living.args ?? {};
            ask({ ...living, args: unversioned });
            const { steps } = await project.preview();
            // Plain facts change; no object does.
            assert.deepEqual(
                steps.filter(({ op, type }) => op !== "same" && !["ManagedCache", "Identity", "KubernetesServer"].includes(type)),
                [],
            );
        });

        it("stays in its namespace", () =>
            refuses(
                { ...living, settings: { namespace: "default" } },
                "property namespace",
                `lives in the namespace "${namespace}"; in "default" it would start empty`,
            ));

        it("stays in its cluster, whatever a kubeconfig calls it", async () => {
            const kubeconfig = await differing("elsewhere", (path, answer) => {
                const found = answer as { metadata: object };
                return path === "/api/v1/namespaces/kube-system" ? { body: { ...found, metadata: { ...found.metadata, uid: "another" } } } : undefined;
            });
            await refuses({ ...living, settings: { kubeconfig } }, "property context", "lives in another cluster", "here it would start empty");
        });

        it("doesn't grow where its StorageClass can't", async () => {
            const kubeconfig = await differing("no-growth", (path, answer) => {
                const classes = path.startsWith("/apis/storage.k8s.io/v1/storageclasses") && (answer as { items: object[] }).items;
                return classes ? { body: { ...(answer as object), items: classes.map((one) => ({ ...one, allowVolumeExpansion: false })) } } : undefined;
            });
            await refuses(
                { ...living, args: { ...living.args, storageGb: 3 }, settings: { kubeconfig } },
                "property storageGb",
                "its 2 GiB can't grow to 3",
                "Set storageGb: 2",
            );
        });
    });

    function ask({ kind = "ManagedCache", name = "sessions", args = { size: "nano" }, settings = {} }: Wish): void {
        project.write("wish.json", JSON.stringify({ kind, name, args }));
        const image = cluster.settings.images?.valkey["8"];
        // One program stands for three versions.
        const images = image === undefined ? {} : { images: { ...cluster.settings.images, valkey: { "7": image, "8": image, "9": image } } };
        const kubernetes = { kubernetes: { ...cluster.settings, ...images, namespace, ...settings } };
        project.environment({ database: kubernetes, queue: kubernetes, cache: kubernetes });
    }

    async function refuses(wish: Wish, ...reasons: readonly string[]): Promise<string> {
        ask(wish);
        // Nothing but what the environment names may be taken for the cluster.
        const { output } = await project.fails("preview", { env: { KUBECONFIG: "", HOME: project.directory } });
        assertIncludes(output, ...reasons);
        return output;
    }

    function file(name: string, contents: object | string): string {
        const text = typeof contents === "string" ? contents : JSON.stringify(contents);
        project.write(name, text);
        return join(project.directory, name);
    }

    /** A kubeconfig of a cluster that differs in some answers from the real one. */
    async function differing(name: string, change: Change): Promise<string> {
        const one = await standIn(cluster.settings.kubeconfig, change);
        standIns.push(one);
        return file(name, one.kubeconfig);
    }

    async function realCluster(): Promise<{ server: string; authority: string }> {
        const view = await cluster.kubectl.must(
            "--kubeconfig",
            cluster.settings.kubeconfig,
            "config",
            "view",
            "--raw",
            "--minify",
            "--flatten",
            "--output",
            "json",
        );
        const [found] = JSON.parse(view).clusters as { cluster: { server: string; "certificate-authority-data": string } }[];
        return { server: found?.cluster.server ?? "", authority: found?.cluster["certificate-authority-data"] ?? "" };
    }

    /** All objects of the namespace, with the versions of those that change by our doing only. */
    function objects(): Promise<string> {
        const kinds = "statefulsets,pods,services,persistentvolumeclaims,secrets,networkpolicies,poddisruptionbudgets,clusters.postgresql.cnpg.io";
        const columns = '{range .items[*]}{.kind}/{.metadata.name} {.metadata.uid} {.metadata.generation}{"\\n"}{end}';
        return cluster.kubectl.must("--namespace", namespace, "get", kinds, "--output", `jsonpath=${columns}`);
    }
});
