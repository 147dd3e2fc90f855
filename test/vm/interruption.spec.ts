import assert from "node:assert/strict";
import type { TestHost } from "../../tools/hosts";
import { assertNothingLost, assertUnchanged } from "../support/assertions";
import { type Binding, query, value } from "../support/clients";
import { Project } from "../support/engine";
import { hostOrSkip, leftoversOn, settingsOf } from "../support/hosts";

const programWith = (workMem: string) => `
import { ManagedDatabase, exportBindings } from "pulumi-data-services";
const orders = new ManagedDatabase("orders", { size: "nano", settings: { work_mem: "${workMem}" } });
export const bindings = exportBindings({ orders });
`;

/** A running agent, as the host sees it. */
const agent = "pgrep -f '[p]ython3 -I -' >/dev/null";

describe("pulumi, killed with SIGKILL while its agent works on a host", function () {
    this.timeout(6 * 60_000);
    let host: TestHost;
    let project: Project;

    before(async function () {
        this.timeout(25 * 60_000); // makes the tree the first time
        host = await hostOrSkip(this, { slot: 26, release: "trixie", fresh: true });
        project = new Project({ program: programWith("5MB"), environment: { database: { vm: settingsOf(host) }, defaults: { durability: "ephemeral" } } });
    });

    after(async () => {
        await project?.remove();
        await host?.process.stop(true);
    });

    /** Starts a command and kills it once the host shows a sign of its work. */
    async function killed(command: "up" | "destroy", sign: string): Promise<void> {
        const run = await project.start(command);
        await host.process.must(`i=0; until { ${sign}; }; do i=$((i+1)); [ $i -lt 12000 ] || exit 1; sleep 0.01; done`);
        assert.ok(!run.isOver(), `${command} was over before it was killed`);
        await run.kill();
        await project.cancel();
    }

    async function assertConverged(workMem: string): Promise<void> {
        const { orders } = (await project.outputs<{ bindings: { orders: Binding } }>()).bindings;
        assert.equal(await value(orders, "SHOW work_mem"), workMem);
        assertUnchanged(await project.up());
        assertUnchanged(await project.refresh());
    }

    it("in the first up: the next one takes up what is there", async () => {
        await killed("up", "ls /etc/pulumi-data-services/orders_*.json >/dev/null 2>&1");
        await project.up();
        await assertConverged("5MB");
        assert.equal((await host.process.must("ls /etc/pulumi-data-services")).trim().split("\n").length, 1, "one server, and not two");
        const { orders } = (await project.outputs<{ bindings: { orders: Binding } }>()).bindings;
        await query(orders, "CREATE TABLE kept AS SELECT 42 AS answer");
    });

    it("in the middle of a change: the next one brings it into force, and the data are there", async () => {
        project.program(programWith("6MB"));
        await killed("up", `${agent} && grep -q 6MB /etc/postgresql/17/*/conf.d/50-data-services.conf`);
        assertNothingLost(await project.up());
        await assertConverged("6MB");
        const { orders } = (await project.outputs<{ bindings: { orders: Binding } }>()).bindings;
        assert.equal(await value(orders, "SELECT answer FROM kept"), 42);
    });

    it("in a destroy: the next one leaves nothing", async () => {
        await killed("destroy", `${agent} && ! pgrep -x postgres >/dev/null`);
        await project.destroy();
        assert.deepEqual(await leftoversOn(host), []);
    });
});
