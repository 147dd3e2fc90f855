import assert from "node:assert/strict";
import { join } from "node:path";
import type { OperatorsArgs } from "../../providers/kubernetes/operators";
import { checkout, type Finished, Project } from "../support/engine";
import { doneSteps } from "../support/events";
import { clusterOrSkip, skipSuite, type TestCluster } from "../support/kubernetes";
import { eventually } from "../support/processes";
import { OperatorCopies, pinned, removeCopies, renderedManifests } from "./operator-copies";

/** A program with operators, and with a ConfigMap that waits for them. */
function program({ settings }: TestCluster, args: OperatorsArgs, namespace?: string): string {
    const after = namespace && `new k8s.core.v1.ConfigMap("after", { metadata: { namespace }, data: { a: "b" } }, { provider, dependsOn: [operators] });`;
    return [
        `import * as k8s from "@pulumi/kubernetes";`,
        `import { Operators } from "${join(checkout, "dist/providers/kubernetes/operators")}";`,
        `const namespace = ${JSON.stringify(namespace ?? "default")};`,
        `const provider = new k8s.Provider("cluster", { kubeconfig: ${JSON.stringify(settings.kubeconfig)} });`,
        `const operators = new Operators("operators", ${JSON.stringify(args)}, { provider });`,
        after ?? "",
    ].join("\n");
}

const messages = ({ events }: Finished) => events.flatMap(({ diagnosticEvent }) => (diagnosticEvent ? [diagnosticEvent.message] : [])).join("\n");

describe("cluster: Operators", function () {
    this.timeout(10 * 60_000);
    let cluster: TestCluster;
    let copies: OperatorCopies;
    let project: Project;
    let all: OperatorsArgs;

    before(async function () {
        this.timeout(45 * 60_000);
        cluster = await clusterOrSkip(this);
        const originals = renderedManifests(cluster) ?? skipSuite(this, "only on the cluster that tools/cluster makes, whose manifests are known");
        project = new Project({ program: "", name: "operators" });
        copies = new OperatorCopies(originals, project.directory);
        all = {
            cloudNativePg: copies.write("cloudNativePg"),
            rabbitmqCluster: copies.write("rabbitmqCluster"),
            rabbitmqTopology: copies.write("rabbitmqTopology"),
        };
    });

    after(async () => {
        await project?.remove();
        if (copies) {
            await removeCopies(cluster, copies);
        }
    });

    const write = (args: OperatorsArgs) => project.program(program(cluster, args, copies.namespaces.cloudNativePg));

    const deployments = async () => {
        const { cloudNativePg, rabbitmq } = copies.namespaces;
        const fields = 'jsonpath={range .items[*]}{.metadata.name}={.status.availableReplicas} {.spec.template.spec.containers[0].command[2]}{"\\n"}{end}';
        const lists = await Promise.all(
            [cloudNativePg, rabbitmq].map((namespace) => cluster.kubectl.must("--namespace", namespace, "get", "deployments", "--output", fields)),
        );
        return lists.flatMap((list) => list.split("\n")).filter((line) => line !== "");
    };

    /** Kinds and names of what the operators have in the cluster. */
    const installed = async () => {
        const kinds = "customresourcedefinitions,clusterroles,clusterrolebindings,validatingwebhookconfigurations,mutatingwebhookconfigurations,namespaces";
        const clusterWide = await cluster.kubectl.must("get", kinds, "--selector", copies.label, "--output", "name");
        return clusterWide.split("\n").map((name) => name.split("/")[0]);
    };

    it("refuses a manifest with another checksum at preview, and names both", async () => {
        const { manifest } = copies.write("cloudNativePg");
        write({ ...all, cloudNativePg: { manifest: { path: manifest.path, sha256: "0".repeat(64) } } });
        const { output, changes } = await project.fails("preview");
        assert.match(output, new RegExp(`error: Operators "operators": CloudNativePG of cloudNativePg.manifest: what is at ${manifest.path} is not`));
        assert.ok(output.includes(`actual SHA-256:   ${manifest.sha256}`), output);
        assert.doesNotMatch(output, /at Operators\.initialize/);
        assert.ok((changes.create ?? 0) <= 3, "nothing but the stack, the provider and the component");
    });

    it("converges after it was killed half-way, and changes nothing from then on", async () => {
        write(all);
        const run = await project.start("up");
        await eventually("the first objects", () => doneSteps(run.events()).filter(({ type }) => /Role$/.test(type)).length > 2, 120);
        const killed = await run.kill();
        assert.ok(!killed.steps.some(({ name }) => name === "after"));
        await project.cancel();
        await project.up({ args: ["--refresh=false"] });
        assert.deepEqual(
            (await deployments()).map((line) => line.split(" ")[0]),
            ["cnpg-controller-manager=1", "messaging-topology-operator=1", "rabbitmq-cluster-operator=1"],
        );
        assert.deepEqual(Object.keys((await project.up()).changes), ["same"]);
    });

    it("refuses a second stack, and names the first", async () => {
        const before = await deployments();
        const failed = await project.fails("up", { stack: "second" });
        assert.match(messages(failed), /conflict with "pulumi-data-services\/operators\/dev\/operators"/);
        assert.ok(failed.steps.every(({ type }) => !/Deployment|CustomResourceDefinition|Webhook/.test(type)));
        await project.destroy({ stack: "second" });
        assert.deepEqual(await deployments(), before);
    });

    it("upgrades in place", async () => {
        write({ ...all, rabbitmqCluster: copies.write("rabbitmqCluster", 2_000_000) });
        const { steps, changes } = await project.up();
        assert.equal(changes.update, 2, JSON.stringify(changes));
        assert.deepEqual(new Set(steps.filter(({ op }) => op === "update").map(({ type }) => type)), new Set(["Operators", "Deployment"]));
        assert.match((await deployments()).at(-1) ?? "", /sleep 2000000/);
    });

    it("deletes one operator, and neither its namespace nor its definitions", async () => {
        const { cloudNativePg = {}, rabbitmqCluster = {} } = all;
        const definitions = (await installed()).filter((kind) => kind?.startsWith("customresourcedefinition"));
        write({ cloudNativePg, rabbitmqCluster });
        await project.up();
        assert.deepEqual(
            (await deployments()).map((line) => line.split("=")[0]),
            ["cnpg-controller-manager", "rabbitmq-cluster-operator"],
        );
        assert.deepEqual(
            (await installed()).filter((kind) => kind?.startsWith("customresourcedefinition")),
            definitions,
        );
    });

    it("leaves every object of the operators' kinds when it is destroyed, and another stack goes on with them", async () => {
        const { cloudNativePg: namespace } = copies.namespaces;
        const object = ["--namespace", namespace, "get", `poolers.${copies.group("postgresql.cnpg.io")}`, "orders", "--output", "jsonpath={.metadata.uid}"];
        project.write(
            "object.json",
            JSON.stringify({
                apiVersion: `${copies.group("postgresql.cnpg.io")}/v1`,
                kind: "Pooler",
                metadata: { name: "orders", namespace },
                spec: { cluster: { name: "orders" }, pgbouncer: {} },
            }),
        );
        await cluster.kubectl.must("apply", "--filename", join(project.directory, "object.json"));
        const uid = await cluster.kubectl.must(...object);
        await project.destroy();
        assert.deepEqual(await deployments(), []);
        assert.deepEqual(new Set(await installed()), new Set(["customresourcedefinition.apiextensions.k8s.io", "namespace"]));
        assert.equal(await cluster.kubectl.must(...object), uid);
        await project.up({ stack: "other" });
        assert.equal(await cluster.kubectl.must(...object), uid);
        await project.destroy({ stack: "other" });
        assert.equal(await cluster.kubectl.must(...object), uid);
    });

    it("takes over what was installed otherwise, only when told to", async () => {
        const { path } = copies.write("cloudNativePg", 3_000_000).manifest;
        await cluster.kubectl.must("apply", "--server-side", "--force-conflicts", "--filename", path);
        const args = { cloudNativePg: all.cloudNativePg ?? {} };
        write(args);
        assert.match(messages(await project.fails("up")), /Server-Side Apply field conflict detected[\s\S]*conflicts? with "kubectl"/);
        assert.match((await deployments()).join(), /sleep 3000000/);
        write({ ...args, takeOver: true });
        await project.up();
        assert.match((await deployments()).join(), /sleep 1000000/);
        await project.destroy();
    });
});

describe("cluster: Operators, over those that run", function () {
    this.timeout(10 * 60_000);
    let cluster: TestCluster;
    let manifests: Record<"cloudNativePg" | "rabbitmqCluster" | "rabbitmqTopology", string>;
    let project: Project;
    const namespaces = ["cnpg-system", "rabbitmq-system"];

    before(async function () {
        this.timeout(45 * 60_000);
        if (!process.env.TEST_OPERATORS) {
            skipSuite(this, "for some minutes the cluster has no operators, which no other test may need then: only with TEST_OPERATORS=1");
        }
        cluster = await clusterOrSkip(this);
        manifests = renderedManifests(cluster) ?? skipSuite(this, "only on the cluster that tools/cluster makes, whose manifests are known");
        const args = { takeOver: true, ...Object.fromEntries(Object.entries(manifests).map(([key, path]) => [key, pinned(path)])) };
        project = new Project({ program: program(cluster, args), name: "operators" });
    });

    after(async () => {
        await project?.remove();
        if (manifests) {
            await restore();
        }
    });

    const pods = async () => {
        const fields = "jsonpath={range .items[*]}{.metadata.uid} {.status.containerStatuses[*].restartCount} {end}";
        return Promise.all(namespaces.map((namespace) => cluster.kubectl.must("--namespace", namespace, "get", "pods", "--output", fields)));
    };

    /** As `cluster up` installed them. */
    const restore = async () => {
        const files = Object.values(manifests).flatMap((path) => ["--filename", path]);
        await cluster.kubectl.must("apply", "--server-side", "--force-conflicts", ...files);
        await cluster.kubectl.must("annotate", ...files, "pulumi.com/patchForce-", "pulumi.com/patchFieldManager-");
        for (const namespace of namespaces) {
            await cluster.kubectl.must("--namespace", namespace, "rollout", "status", "deployment", "--timeout=180s");
        }
    };

    it("takes over the same version without a restart", async () => {
        const before = await pods();
        await project.up();
        assert.deepEqual(await pods(), before);
        assert.deepEqual(Object.keys((await project.up()).changes), ["same"]);
    });

    it("leaves the definitions when it is destroyed, and installs operators that work", async () => {
        await project.destroy();
        const left = await Promise.all(
            namespaces.map((namespace) => cluster.kubectl.must("--namespace", namespace, "get", "deployments,services", "--output", "name")),
        );
        assert.deepEqual(left, ["", ""]);
        assert.match(await cluster.kubectl.must("get", "customresourcedefinitions", "--output", "name"), /clusters\.postgresql\.cnpg\.io/);
        const image = cluster.settings.images?.postgresql["17"];
        const cr = {
            metadata: { namespace: "default", annotations: { "pulumi.com/waitFor": "condition=Ready" } },
            spec: { instances: 1, imageName: image, storage: { size: "1Gi" }, resources: { requests: { cpu: "50m", memory: "256Mi" } } },
        };
        const args = Object.fromEntries(Object.entries(manifests).map(([key, path]) => [key, pinned(path)]));
        project.program(
            `${program(cluster, args)}
new k8s.apiextensions.CustomResource("database", ${JSON.stringify({ apiVersion: "postgresql.cnpg.io/v1", kind: "Cluster", ...cr })}, { provider, dependsOn: [operators] });`,
        );
        await project.up();
        await project.destroy();
    });
});
