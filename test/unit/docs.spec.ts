import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { backendTable } from "../../tools/backend-table";
import { root } from "../../tools/paths";
import { policyTable } from "../../tools/policy-table";

describe("the README", () => {
    it("has the table of backends as they are (npm run docs)", () => {
        assert.ok(readFileSync(join(root, "README.md"), "utf8").includes(backendTable()));
    });

    it("of the policies has the table of rules as they are (npm run docs)", () => {
        assert.ok(readFileSync(join(root, "policies", "README.md"), "utf8").includes(policyTable()));
    });
});
