import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";

const checkout = join(__dirname, "..", "..");

/** What a program prints that has loaded the SDK as packs do; in a process of its own, since it changes what the process loads. */
function afterLoading(program: string): unknown {
    const text = `
        const { createRequire } = require("node:module");
        const sdk = require("./policies/sdk").loadSdk();
        const file = createRequire(require.resolve("@pulumi/pulumi")).resolve("@npmcli/arborist");
        (async () => { ${program} })();
    `;
    const output = execFileSync(process.execPath, ["--require", require.resolve("tsx/cjs"), "--eval", text], { cwd: checkout, encoding: "utf8" });
    return JSON.parse(output);
}

describe("the SDK of policy packs", function () {
    this.timeout(60_000);

    it("is loaded without npm's dependency solver", () => {
        const loaded = afterLoading(`
            const parts = Object.keys(require.cache).filter((file) => file.includes("@npmcli/arborist"));
            console.log(JSON.stringify({ pack: typeof sdk.PolicyPack, parts: parts.filter((one) => one !== file).length }));
        `);
        assert.deepEqual(loaded, { pack: "function", parts: 0 });
    });

    it("still finds the solver where one is wanted", () => {
        const found = afterLoading(`
            const { Arborist } = require(file);
            const solver = new Arborist({ path: process.cwd() });
            const tree = await solver.loadActual();
            console.log(JSON.stringify({ name: tree.packageName, isReal: solver instanceof require(file).Arborist }));
        `);
        assert.deepEqual(found, { name: "pulumi-data-services", isReal: true });
    });

    it("reads the properties of a resource once, for every rule", () => {
        const reads = afterLoading(`
            const { deserializeProperties } = require("@pulumi/policy/deserialize");
            let reads = 0;
            const struct = { toJavaScript: () => (reads++, { size: "small" }) };
            const [first, second] = [deserializeProperties(struct, false), deserializeProperties(struct, false)];
            deserializeProperties(struct, true);
            console.log(JSON.stringify({ reads, isSame: first === second, first }));
        `);
        assert.deepEqual(reads, { reads: 2, isSame: true, first: { size: "small" } });
    });
});
