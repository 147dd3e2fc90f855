import assert from "node:assert/strict";
import { assertUnchanged } from "../support/assertions";
import { Project } from "../support/engine";
import { filesBelow } from "../support/local";
import { databaseProgram } from "../support/programs";

describe("preview", () => {
    const project = new Project({ program: databaseProgram({}, 'exported.reports = orders.bind("reports", { access: "readonly" });') });
    after(() => project.remove());

    it("of a new service makes nothing", async () => {
        const { steps } = await project.preview();
        assert.deepEqual(
            steps.map(({ op, type, name }) => `${op} ${type} ${name}`).sort(),
            [
                "create Identity orders-identity",
                "create LocalServer orders",
                "create LocalUser orders-reports-user",
                "create LocalUser orders-user",
                "create ManagedDatabase orders",
                "create Stack shop-dev",
            ].sort(),
        );
        assert.deepEqual(filesBelow(project.data), []);
        assert.deepEqual(project.processes(), []);
    });

    it("shows what up then does, and nothing after it", async () => {
        const planned = (await project.preview()).steps.map(({ op, urn }) => `${op} ${urn}`);
        const done = (await project.up()).steps.map(({ op, urn }) => `${op} ${urn}`);
        assert.deepEqual(done.sort(), planned.sort());
        assertUnchanged(await project.preview());
        assertUnchanged(await project.up());
    });

    it("of a change changes nothing yet", async () => {
        const before = project.processes().map(({ pid }) => pid);
        project.program(databaseProgram({ size: "micro" }));
        const { steps } = await project.preview();
        assert.deepEqual(
            steps.filter(({ op }) => op !== "same").map(({ op, type }) => `${op} ${type}`),
            ["update ManagedDatabase", "update Identity", "update LocalServer", "delete LocalUser"],
        );
        assert.deepEqual(
            project.processes().map(({ pid }) => pid),
            before,
        );
    });

    it("of destroy removes nothing", async () => {
        await project.pulumi(["destroy", "--stack", "dev", "--preview-only"]);
        assert.ok(project.processes().length > 0);
        assert.ok(filesBelow(project.data).length > 0);
    });
});
