import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertIncludes, assertNothingLost, assertUnchanged } from "../support/assertions";
import { certificateOfServer, shortenCertificate } from "../support/certificates";
import { type Binding, query, value } from "../support/clients";
import { type Finished, Project } from "../support/engine";
import { adminQuery, killPostgresql, postmaster, readMark, serverDirectory, serverRecord, writeMark } from "../support/local";
import { startIdleProcess } from "../support/postgresql";
import { kill } from "../support/processes";
import { databaseProgram } from "../support/programs";

interface Outputs {
    readonly bindings: { readonly orders: Binding };
}

describe("a local server that something happened to", () => {
    const project = new Project({ program: databaseProgram() });
    after(() => project.remove());
    let directory: string;
    let binding: Binding;

    before(async () => {
        await project.up();
        directory = serverDirectory(project);
        ({ orders: binding } = (await project.outputs<Outputs>()).bindings);
        await writeMark(binding, "kept");
    });

    /** Whatever happened: the same binding leads to the same data, and nothing more is to be done. */
    async function assertHealed(): Promise<void> {
        assert.deepEqual((await project.outputs<Outputs>()).bindings.orders, binding);
        assert.equal(await readMark(binding), "kept");
        assertUnchanged(await project.refresh());
        assertUnchanged(await project.up());
    }

    it("killed: refresh says so, up starts it again", async () => {
        await killPostgresql(directory);
        assert.deepEqual(statuses(await project.refresh(), "LocalServer"), ["running -> stopped"]);
        assertNothingLost(await project.up());
        await assertHealed();
    });

    it("killed: up starts it again without a refresh, and preview says that it would", async () => {
        await killPostgresql(directory);
        const { steps } = await project.preview();
        assert.deepEqual(
            steps.filter(({ op }) => op !== "same").map(({ op, type }) => `${op} ${type}`),
            ["update LocalServer"],
        );
        await assert.rejects(query(binding, "SELECT 1"));
        assertNothingLost(await project.up());
        await assertHealed();
    });

    it("after a reboot: the old pid is a stranger's, who is left alone", async () => {
        const pidFile = join(directory, "data", "postmaster.pid");
        const [, ...rest] = readFileSync(pidFile, "utf8").split("\n");
        await killPostgresql(directory);
        const stranger = await startIdleProcess();
        try {
            writeFileSync(pidFile, [stranger.pid, ...rest].join("\n"));
            assert.deepEqual(statuses(await project.refresh(), "LocalServer"), ["running -> stopped"]);
            assertNothingLost(await project.up());
            assert.equal(stranger.exitCode ?? stranger.signalCode, null, "the stranger was ended");
            assert.notEqual(postmaster(directory), stranger.pid);
            await assertHealed();
        } finally {
            kill(stranger.pid as number);
        }
    });

    it("whose user was dropped by hand: refresh says so, up makes it again with its password", async () => {
        await adminQuery(directory, 'REASSIGN OWNED BY "orders" TO "orders:readwrite"; DROP OWNED BY "orders"; DROP ROLE "orders"', "orders");
        await assert.rejects(query(binding, "SELECT 1"), { code: "28P01" });
        assert.deepEqual(statuses(await project.refresh(), "LocalUser"), ["present -> can't log in"]);
        assertNothingLost(await project.up());
        await assertHealed();
    });

    it("whose password was changed by hand: up sets it back", async () => {
        await adminQuery(directory, "ALTER ROLE orders PASSWORD 'another'", "postgres");
        await project.refresh();
        assertNothingLost(await project.up());
        await assertHealed();
    });

    it("whose certificate is near its end: refresh says so, up renews it under the same authority, without a restart", async () => {
        const pid = postmaster(directory);
        shortenCertificate(directory, 5);
        assert.deepEqual(statuses(await project.refresh(), "LocalServer"), ["running -> certificate expiring"]);
        assertNothingLost(await project.up());
        const left = Date.parse((await certificateOfServer(binding)).validTo) - Date.now();
        assert.ok(left > 700 * 24 * 60 * 60 * 1000, `${left}`);
        assert.equal(postmaster(directory), pid);
        await assertHealed();
    });

    it("of an older minor version: up brings it to the new one in place", async () => {
        const pid = postmaster(directory);
        const state = await project.exportState();
        const server = state.deployment.resources?.find(({ type }) => type.endsWith(":LocalServer"));
        const recordFile = join(directory, "server.json");
        const record = serverRecord(directory);
        writeFileSync(recordFile, JSON.stringify({ ...record, installation: { ...record.installation, version: "17.0" } }));
        Object.assign(server?.outputs ?? {}, { actualVersion: "17.0" });
        await project.importState(state);
        const { steps } = await project.up();
        assert.deepEqual(
            steps.filter(({ op }) => op !== "same").map(({ op, type }) => `${op} ${type}`),
            ["update LocalServer"],
        );
        assert.notEqual(postmaster(directory), pid);
        assert.equal(await value(binding, "SHOW server_version"), record.installation.version);
        await assertHealed();
    });

    it("whose settings change: they apply in place", async () => {
        project.program(databaseProgram({ settings: { work_mem: "7MB", "pg_stat_statements.max": "500", shared_preload_libraries: "pg_stat_statements" } }));
        assertNothingLost(await project.up());
        assert.equal(await value(binding, "SHOW work_mem"), "7MB");
        assert.deepEqual(await adminQuery(directory, "SHOW shared_preload_libraries", "orders"), [{ shared_preload_libraries: "pg_stat_statements" }]);
        await assertHealed();
        project.program(databaseProgram());
        await project.up();
        assert.equal(await value(binding, "SHOW work_mem"), "4MB");
        await assertHealed();
    });

    it("whose directory is gone: up refuses to start an empty one, until refresh has accepted the loss", async () => {
        await killPostgresql(directory);
        rmSync(directory, { recursive: true });
        assertIncludes((await project.fails("up")).output, directory, "is gone", 'run "pulumi refresh" to accept the loss');
        await project.refresh();
        await project.up();
        ({ orders: binding } = (await project.outputs<Outputs>()).bindings);
        assert.equal(await value(binding, "SELECT 1"), 1);
        await assert.rejects(readMark(binding), { code: "42P01" });
        await project.destroy();
        assert.deepEqual(project.processes(), []);
    });
});

/** What a refresh found of resources of a type that are not as they were. */
function statuses({ events }: Finished, type: string): string[] {
    return events.flatMap(({ resOutputsEvent }) => {
        const { metadata } = resOutputsEvent ?? {};
        if (!metadata?.type.endsWith(`:${type}`) || metadata.op === "same") {
            return [];
        }
        const [before, after] = [metadata.old?.outputs.status, metadata.new?.outputs.status];
        return before === after ? [] : [`${before} -> ${after}`];
    });
}
