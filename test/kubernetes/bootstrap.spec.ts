import assert from "node:assert/strict";
import { assertUnchanged } from "../support/assertions";
import { type Binding, value } from "../support/clients";
import { Project } from "../support/engine";
import { clusterOrSkip, describeOnCluster, newNamespace, removeNamespace, type TestCluster } from "../support/kubernetes";
import { eventually } from "../support/processes";

const program = `
import { exportBindings, ManagedDatabase } from "pulumi-data-services";
const orders = new ManagedDatabase("orders");
export const bindings = exportBindings({ orders });
`;

/** What a quota forbids, and how far the operator comes with it. */
const interruptions: Readonly<Record<string, { readonly hard: Readonly<Record<string, string>>; readonly claims: number }>> = {
    "had counted its first server": { hard: { persistentvolumeclaims: "0" }, claims: 0 },
    "had claimed the volume": { hard: { "count/jobs.batch": "0" }, claims: 1 },
};

describeOnCluster("a database whose operator is interrupted while it makes the first server", function () {
    this.timeout(10 * 60_000);
    let cluster: TestCluster;
    let namespace: string;
    let project: Project;

    before("a cluster", async function () {
        this.timeout(45 * 60_000); // builds a cluster the first time
        cluster = await clusterOrSkip(this);
    });

    beforeEach(async () => {
        namespace = await newNamespace(cluster, "bootstrap");
        project = new Project({ program, name: "bootstrap" });
        const kubernetes = { kubernetes: { ...cluster.settings, namespace } };
        project.environment({ database: kubernetes, defaults: { durability: "ephemeral", size: "nano" } });
    });

    afterEach(async () => {
        await project.remove();
        await removeNamespace(cluster, namespace);
    });

    for (const [moment, { hard, claims }] of Object.entries(interruptions)) {
        it(`is made all the same, when the operator ${moment}`, async () => {
            const { kubectl } = cluster;
            const amounts = Object.entries(hard).map(([what, amount]) => `${what}=${amount}`);
            await kubectl.must("--namespace", namespace, "create", "quota", "interruption", `--hard=${amounts.join()}`);
            const run = await project.start("up");
            const inNamespace = (...args: string[]) => kubectl.run("--namespace", namespace, "get", ...args);
            const isStuck = async () => {
                const counted = await inNamespace("clusters.postgresql.cnpg.io", "--output", "jsonpath={.items[*].status.latestGeneratedNode}");
                const claimed = await inNamespace("persistentvolumeclaims", "--output", "name");
                return counted.stdout.trim() === "1" && claimed.stdout.split("\n").filter((name) => name !== "").length === claims;
            };
            await eventually("the operator to be interrupted", async () => run.isOver() || (await isStuck()), 120);
            assert.ok(!run.isOver(), "the run was over before the operator was interrupted");
            await kubectl.must("--namespace", namespace, "delete", "quota", "interruption");
            const { code, output } = await run.finished;
            assert.equal(code, 0, output);
            assert.match(output, /CloudNativePG was interrupted before it had made anything, and begins anew/);
            const { orders } = (await project.outputs<{ bindings: { orders: Binding } }>()).bindings;
            assert.equal(await value(orders, "SELECT 1"), 1);
            assertUnchanged(await project.up());
            await project.destroy();
        });
    }
});
