import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checkout, Project } from "../support/engine";

const examples = join(checkout, "examples");

/** Those run where a cluster is, by test/kubernetes, or where an account is. */
const elsewhere = ["kubernetes", "aws"];

for (const name of readdirSync(examples).filter((one) => !elsewhere.includes(one))) {
    describe(`the example ${name}`, function () {
        this.timeout(300_000);
        let project: Project;

        before(() => {
            project = new Project({ name, program: readFileSync(join(examples, name, "index.ts"), "utf8") });
        });

        after(() => project.remove());

        it("comes up, and each of its bindings has a user", async () => {
            await project.up();
            const { bindings } = await project.outputs<{ bindings: Record<string, { username: string }> }>();
            const users = Object.values(bindings).map(({ username }) => username);
            assert.equal(new Set(users).size, Object.keys(bindings).length);
        });

        it("changes nothing when it runs again", async () => {
            await project.preview({ args: ["--expect-no-changes"] });
        });

        it("goes away", async () => {
            await project.destroy();
            assert.deepEqual(project.processes(), []);
        });
    });
}
