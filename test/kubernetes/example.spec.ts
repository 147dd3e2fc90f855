import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type Binding, value, withDatabase } from "../support/clients";
import { checkout, Project } from "../support/engine";
import { clusterOrSkip, describeOnCluster, newNamespace, removeNamespace, type TestCluster } from "../support/kubernetes";
import { eventually } from "../support/processes";

const program = readFileSync(join(checkout, "examples", "kubernetes", "index.ts"), "utf8");
describeOnCluster("the example kubernetes", function () {
    this.timeout(300_000);
    let cluster: TestCluster;
    let data: string;
    let project: Project;
    let env: Record<string, string>;
    const namespace = `test-shop-${randomBytes(4).toString("hex")}`;

    before(async function () {
        this.timeout(45 * 60_000); // builds a cluster the first time
        cluster = await clusterOrSkip(this);
        data = await newNamespace(cluster, "data");
        env = { KUBECONFIG: cluster.settings.kubeconfig };
        project = new Project({ name: "shop", program });
        const environment = { database: { kubernetes: { ...cluster.settings, namespace: data } }, defaults: { durability: "ephemeral" } };
        const image = cluster.settings.images?.postgresql["17"];
        const config = { "data-services:environment": environment, "shop:namespace": namespace, ...(image === undefined ? {} : { "shop:image": image }) };
        project.write("Pulumi.dev.yaml", JSON.stringify({ config }));
    });

    after(async () => {
        await project?.remove();
        for (const name of [data, namespace].filter((one) => one !== undefined)) {
            await removeNamespace(cluster, name);
        }
    });

    it("comes up, and its pods write", async () => {
        await project.up({ env });
        const binding = await bindingOf();
        await eventually("rows of the pods", () => value(binding, "SELECT count(*) > 3 FROM visits").catch(() => false) as Promise<boolean>, 60);
        const logs = await cluster.kubectl.must("--namespace", namespace, "logs", "--selector", "app=shop", "--tail", "3");
        assert.match(logs, /INSERT 0 1/);
    });

    it("changes nothing when it runs again", async () => {
        await project.preview({ env, args: ["--expect-no-changes"] });
    });

    it("rolls over to another user by a change of one word", async () => {
        const old = await bindingOf();
        project.program(program.replace('"2026-01"', '"2026-02"'));
        await project.up({ env });
        await assert.rejects(
            withDatabase(old, async () => undefined),
            /password authentication failed/,
        );
        const binding = await bindingOf();
        const before = Number(await value(binding, "SELECT count(*) FROM visits"));
        await eventually("more rows", async () => Number(await value(binding, "SELECT count(*) FROM visits")) > before + 3, 60);
    });

    it("goes away", async () => {
        await project.destroy({ env });
        assert.equal((await cluster.kubectl.run("get", "namespace", namespace)).ok, false);
    });

    async function bindingOf(): Promise<Binding> {
        return (await project.outputs<{ bindings: { binding: Binding } }>()).bindings.binding;
    }
});
