import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { assertIncludes, assertUnchanged } from "../support/assertions";
import { type Binding, withDatabase } from "../support/clients";
import { Project } from "../support/engine";
import { filesBelow, readMark, serverRecord, writeMark } from "../support/local";
import { runServer } from "../support/postgresql";
import { databaseProgram } from "../support/programs";

interface Outputs {
    readonly bindings: { readonly orders: Binding };
}

describe("durability", () => {
    describe("standard", () => {
        const project = new Project({ program: databaseProgram({ durability: "standard" }) });
        after(() => project.remove());
        let binding: Binding;

        before(async () => {
            await project.up();
            ({ orders: binding } = (await project.outputs<Outputs>()).bindings);
            await writeMark(binding, "precious");
        });

        it("protects the server and nothing else", async () => {
            const resources = (await project.exportState()).deployment.resources ?? [];
            assert.deepEqual(
                resources.filter(({ protect }) => protect).map(({ type }) => type),
                ["pulumi-nodejs:dynamic/data-services:LocalServer"],
            );
        });

        it("refuses destroy, and everything stays", async () => {
            const { output } = await project.fails("destroy", { preview: true });
            assertIncludes(output, "cannot be deleted", "protect");
            assert.equal(await readMark(binding), "precious");
            assertUnchanged(await project.up());
        });

        it("refuses to lose the service with its lines in the program, and everything stays", async () => {
            project.program("export {};");
            assertIncludes((await project.fails("up", { preview: true })).output, "cannot be deleted");
            assert.equal(await readMark(binding), "precious");
            project.program(databaseProgram({ durability: "standard" }));
            assertUnchanged(await project.up());
        });

        it("keeps data and access also where no preview was made, and the next up heals the state", async () => {
            assertIncludes((await project.fails("destroy")).output, "cannot be deleted");
            assert.equal(await readMark(binding), "precious");
            await project.up();
            ({ orders: binding } = (await project.outputs<Outputs>()).bindings);
            assert.equal(await readMark(binding), "precious");
        });

        it("leaves a final copy, once unprotected, that a server starts from", async () => {
            await project.unprotect();
            const { output } = await project.destroy();
            assert.deepEqual(project.processes(), []);
            const finals = join(project.data, "final");
            const [copy, ...others] = readdirSync(finals);
            assert.deepEqual(others, []);
            assert.match(copy ?? "", /^shop-dev-orders-\d{4}-\d\d-\d\dT/);
            assertIncludes(output, join(finals, copy as string));
            assert.deepEqual(readdirSync(project.data), ["final"]);
            const directory = join(finals, copy as string);
            const text = await runServer(directory, serverRecord(directory).installation.location, (config) =>
                withDatabase({ ...binding, ...config }, async (client) => (await client.query("SELECT text FROM mark")).rows[0].text),
            );
            assert.equal(text, "precious");
        });
    });

    describe("ephemeral", () => {
        const project = new Project({ program: databaseProgram({ durability: "ephemeral" }) });
        after(() => project.remove());

        it("is destroyed clean", async () => {
            await project.up();
            assert.ok(filesBelow(project.data).length > 0);
            await project.destroy();
            assert.deepEqual(filesBelow(project.data), []);
            assert.deepEqual(project.processes(), []);
        });
    });

    describe("a change of it", () => {
        const project = new Project({ program: databaseProgram({ durability: "ephemeral" }) });
        after(() => project.remove());

        it("protects, and lifts the protection, in place", async () => {
            await project.up();
            const { orders } = (await project.outputs<Outputs>()).bindings;
            await writeMark(orders, "kept");
            project.program(databaseProgram({ durability: "critical" }));
            await project.up();
            await project.fails("destroy", { preview: true });
            project.program(databaseProgram({ durability: "ephemeral" }));
            await project.up();
            assert.equal(await readMark(orders), "kept");
            await project.destroy();
            assert.deepEqual(filesBelow(project.data), []);
        });
    });
});
