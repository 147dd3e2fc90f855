import assert from "node:assert/strict";
import { readFileSync, renameSync } from "node:fs";
import { join } from "node:path";
import { assertIncludes } from "../support/assertions";
import { type Binding, withCache } from "../support/clients";
import { type Finished, Project } from "../support/engine";
import { clusterOrSkip, describeOnCluster, newNamespace, removeNamespace, type TestCluster } from "../support/kubernetes";

interface Outputs {
    readonly bindings: Readonly<Record<"near" | "far", Binding>>;
    readonly secret: string;
}

/** A kubeconfig in JSON, which is YAML too. */
interface Kubeconfig {
    readonly contexts: { name: string; context: object }[];
    "current-context": string;
}

const program = `
import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import { exportBindings, ManagedCache } from "pulumi-data-services";

const { namespace, kubeconfig, context } = JSON.parse(readFileSync("far.json", "utf8"));
const near = new ManagedCache("near");
const far = new ManagedCache("far");
const provider = new k8s.Provider("eu", { kubeconfig, context, clusterIdentifier: "eu" });
export const bindings = exportBindings({ near, far });
export const secret = near.binding.toSecret({ namespace, provider }).name;
`;

/**
 * Two contexts of one kubeconfig, each with a namespace of its own. They lead to one API server, since there is but one cluster to test on: what is
 * seen here is which context and namespace each object is made by, and what becomes of it when they are called differently.
 */
describeOnCluster("several clusters", function () {
    this.timeout(300_000);
    let cluster: TestCluster;
    let project: Project;
    const namespaces: string[] = [];
    let uids: string;

    before("provision", async function () {
        this.timeout(45 * 60_000); // builds a cluster the first time
        cluster = await clusterOrSkip(this);
        namespaces.push(await newNamespace(cluster, "near"), await newNamespace(cluster, "far"));
        project = new Project({ program, name: "clusters" });
        writeKubeconfig("kubeconfig", "eu", "us");
        place({ kubeconfig: "kubeconfig", near: "eu", far: "us" });
    });

    after(async () => {
        await project?.remove();
        for (const namespace of namespaces) {
            await removeNamespace(cluster, namespace);
        }
    });

    it("take their services in one preview and one up", async () => {
        const preview = await project.preview();
        assert.equal(preview.steps.filter(({ op, type }) => op === "create" && type === "StatefulSet").length, 2);
        await project.up();
        const { bindings, secret } = await project.outputs<Outputs>();
        for (const [name, namespace] of [
            ["near", namespaces[0]],
            ["far", namespaces[1]],
        ] as const) {
            assert.match(bindings[name].host, new RegExp(`\\.${namespace}\\.svc`));
            await withCache(bindings[name], (client) => client.set("kept", name));
        }
        const there = JSON.parse(await get(namespaces[1], "secret", secret));
        assert.equal(Buffer.from(there.data.host, "base64").toString(), bindings.near.host);
        uids = await identities();
    });

    it("refuse a cluster that isn't named", async () => {
        place({ kubeconfig: "kubeconfig", near: "eu", far: "us" }, { far: "uss" });
        const { output } = await project.fails("preview");
        assertIncludes(output, 'data-services:environment.cache.kubernetes.placement.far: there is no cluster "uss"; did you mean "us"? Clusters: us.');
    });

    for (const [words, change] of [
        ["contexts are renamed", () => move("kubeconfig", "kubeconfig", "europe", "america")],
        ["the kubeconfig is another file, and the old one is gone", () => move("kubeconfig", "moved", "europe", "america")],
        ["both at once", () => move("moved", "moved-again", "eu", "us")],
        ["services leave the list of clusters, and name their context themselves", () => place({ kubeconfig: "moved-again", near: "eu", far: "us" })],
    ] as const) {
        it(`keep everything that lives when ${words}`, async () => {
            change();
            // It doesn't know what a user gives that is reached in another way now, so it may show a Secret with another user in it.
            assertKept(await project.preview(), ["Secret"]);
            const up = await project.up();
            assertKept(up);
            assert.equal(await identities(), uids);
            const { bindings } = await project.outputs<Outputs>();
            for (const name of ["near", "far"] as const) {
                assert.equal(await withCache(bindings[name], (client) => client.get("kept")), name);
            }
            const again = await project.preview();
            assert.deepEqual(
                again.steps.filter(({ op }) => op !== "same"),
                [],
                again.output,
            );
        });
    }

    it("destroys in each", async () => {
        await project.destroy();
        assert.equal(await identities(), "");
    });

    /** Moves the kubeconfig, with other names for its contexts. */
    function move(from: string, to: string, near: string, far: string): void {
        renameSync(join(project.directory, from), join(project.directory, to));
        writeKubeconfig(to, near, far);
        place({ kubeconfig: to, near, far });
    }

    function writeKubeconfig(file: string, ...names: string[]): void {
        const original = JSON.parse(readFileSync(cluster.settings.kubeconfig, "utf8")) as Kubeconfig;
        const context = original.contexts.find(({ name }) => name === original["current-context"])?.context as object;
        project.write(file, JSON.stringify({ ...original, contexts: names.map((name) => ({ name, context })), "current-context": names[0] }));
    }

    function place({ kubeconfig: file, near, far }: { kubeconfig: string; near: string; far: string }, placement = { far: "us" }): void {
        const kubeconfig = join(project.directory, file);
        project.write("far.json", JSON.stringify({ namespace: namespaces[1], kubeconfig, context: far }));
        const clusters = { us: { context: far, namespace: namespaces[1] } };
        const kubernetes = { ...cluster.settings, kubeconfig, context: near, namespace: namespaces[0], clusters, placement };
        project.environment({ cache: { kubernetes }, defaults: { durability: "ephemeral", size: "nano" } });
    }

    function get(namespace: string | undefined, ...args: string[]): Promise<string> {
        return cluster.kubectl.must("--namespace", namespace ?? "", "get", ...args, "--output", "json");
    }

    /** The objects of both namespaces by their unchangeable identities. */
    async function identities(): Promise<string> {
        const all: string[] = [];
        for (const namespace of namespaces) {
            const { items } = JSON.parse(await get(namespace, "statefulsets,persistentvolumeclaims,services,secrets,networkpolicies"));
            all.push(
                ...(items as { kind: string; metadata: { name: string; uid: string } }[]).map(
                    ({ kind, metadata }) => `${kind} ${metadata.name} ${metadata.uid}`,
                ),
            );
        }
        return all.sort().join("\n");
    }
});

/** Nothing was replaced or deleted but the engine's own stand-in for a cluster, and what has one of the types. */
function assertKept({ steps, output }: Finished, excepted: readonly string[] = []): void {
    assert.deepEqual(
        steps.filter(({ op, type }) => /delete|replace|create/.test(op) && !excepted.includes(type)).map(({ op, type, name }) => `${op} ${type} ${name}`),
        [],
        output,
    );
}
