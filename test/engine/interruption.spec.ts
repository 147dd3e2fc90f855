import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { assertUnchanged } from "../support/assertions";
import { type Binding, value } from "../support/clients";
import { Project, type Run } from "../support/engine";
import { doneSteps, stepsOf } from "../support/events";
import { filesBelow, postmaster, readMark, serverDirectory, writeMark } from "../support/local";
import { eventually } from "../support/processes";
import { databaseProgram } from "../support/programs";

interface Outputs {
    readonly bindings: { readonly orders: Binding; readonly reports: Binding };
}

type Moment = (run: Run, directory: () => string | undefined) => boolean;

const began = (op: string, type: string) => (run: Run) => stepsOf(run.events()).some((step) => step.op === op && step.type === type);
const done = (op: string, type: string) => (run: Run) => doneSteps(run.events()).some((step) => step.op === op && step.type === type);
const fileIsThere =
    (...parts: string[]): Moment =>
    (_run, directory) => {
        const home = directory();
        return home !== undefined && existsSync(join(home, ...parts));
    };

/** When the first `up` is killed: in the order in which the moments come. */
const moments: Readonly<Record<string, Moment>> = {
    "when the engine has begun": (run) => run.events().length > 0,
    "when the identity is made": done("create", "Identity"),
    "when the server's directory is claimed": fileIsThere("server.json"),
    "during initdb": fileIsThere("data.tmp", "base"),
    "when the data directory is complete": fileIsThere("data", "PG_VERSION"),
    "when the server starts": fileIsThere("data", "postmaster.pid"),
    "between the server and its users": done("create", "LocalServer"),
    "when the first user is being made": began("create", "LocalUser"),
    "when the first user is made": done("create", "LocalUser"),
};

const program = (args: Readonly<Record<string, unknown>> = {}) => databaseProgram(args, 'exported.reports = orders.bind("reports", { access: "readonly" });');

describe("pulumi, killed with SIGKILL", () => {
    let project: Project;

    beforeEach(() => {
        project = new Project({ program: program() });
    });
    afterEach(() => project.remove());

    /** The server's directory, as soon as there is one. */
    function directory(): string | undefined {
        const parent = join(project.data, "shop", "dev");
        const name = existsSync(parent) ? readdirSync(parent).find((file) => /^orders-[0-9a-f]{8}$/.test(file)) : undefined;
        return name === undefined ? undefined : join(parent, name);
    }

    async function killAt(run: Run, moment: Moment): Promise<void> {
        await eventually("the moment to kill", () => moment(run, directory) || run.isOver(), 60);
        assert.equal(run.isOver(), false, "the run was over before the moment came");
        await run.kill();
    }

    /** One server, running, with both users, and nothing else to do. */
    async function assertConverged(): Promise<void> {
        const { orders, reports } = (await project.outputs<Outputs>()).bindings;
        assert.equal(await value(orders, "SELECT 1"), 1);
        assert.equal(await value(reports, "SELECT 1"), 1);
        assertUnchanged(await project.up());
        const servers = project.processes().filter(({ command }) => / -D /.test(command));
        assert.deepEqual(
            servers.map(({ pid }) => pid),
            [postmaster(serverDirectory(project))],
        );
        const left = filesBelow(project.data).filter((file) => /\.tmp$|\.lock$/.test(file));
        assert.deepEqual(left, []);
        // The engine remembers an interrupted create until it is told that nothing came of it that the state doesn't know.
        assertUnchanged(await project.refresh({ args: ["--clear-pending-creates"] }));
        assert.deepEqual((await project.exportState()).deployment.pending_operations ?? [], []);
    }

    /** A service with data, before something is killed that changes it. */
    async function living(): Promise<Binding> {
        await project.up();
        const { orders } = (await project.outputs<Outputs>()).bindings;
        await writeMark(orders, "kept");
        return orders;
    }

    for (const [name, moment] of Object.entries(moments)) {
        it(`during the first up, ${name}: the next up converges, and destroy leaves nothing`, async () => {
            await killAt(await project.start("up"), moment);
            await project.cancel();
            await project.up();
            await assertConverged();
            await project.destroy();
            assert.deepEqual(filesBelow(project.data), []);
            await eventually("the end of all processes", () => project.processes().length === 0);
        });
    }

    // Open: the state doesn't know of a server whose create was killed, so destroy doesn't either. The next up takes it over.
    it.skip("during the first up, and destroyed then: nothing is left (open: the state doesn't know of the server yet)", async () => {
        await killAt(await project.start("up"), fileIsThere("data", "postmaster.pid"));
        await project.cancel();
        await project.refresh({ args: ["--clear-pending-creates"] });
        await project.destroy();
        await eventually("the end of all processes", () => project.processes().length === 0);
        assert.deepEqual(filesBelow(project.data), []);
    });

    it("during a change of settings: the next up applies them, with data intact", async () => {
        const orders = await living();
        const pid = postmaster(serverDirectory(project));
        project.program(program({ settings: { work_mem: "7MB" } }));
        // Between its stop and its start.
        const stopped: Moment = (_run, home) => isStopped(home() as string, pid);
        await killAt(await project.start("up"), stopped);
        await project.cancel();
        await project.up();
        assert.equal(await value(orders, "SHOW work_mem"), "7MB");
        assert.equal(await readMark(orders), "kept");
        await assertConverged();
    });

    it("when new settings are written and not yet in force: the next up applies them", async () => {
        const orders = await living();
        project.program(program({ settings: { work_mem: "8MB" } }));
        await killAt(await project.start("up"), began("update", "LocalServer"));
        await project.cancel();
        await project.up();
        assert.equal(await value(orders, "SHOW work_mem"), "8MB");
        assert.equal(await readMark(orders), "kept");
        await assertConverged();
    });

    it("during destroy: the next destroy ends it", async () => {
        await living();
        await killAt(await project.start("destroy"), began("delete", "LocalServer"));
        await project.cancel();
        await project.destroy();
        await eventually("the end of all processes", () => project.processes().length === 0);
        assert.deepEqual(filesBelow(project.data), []);
    });
});

/** Whether a server's pid file is gone, or names another process already. */
function isStopped(directory: string, pid: number): boolean {
    try {
        return postmaster(directory) !== pid;
    } catch {
        return true;
    }
}
