// Mocha's "spec" reporter, which also writes the totals to a file for tools/mocha.ts.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        const failed = [];
        const skipped = [];
        runner.on("fail", (test, error) => failed.push({ title: test.fullTitle(), file: test.file, reason: String(error?.message ?? error) }));
        runner.on("pending", (test) => skipped.push(test.fullTitle()));
        runner.once("end", () => {
            writeFileSync(process.env.MOCHA_TOTALS, JSON.stringify({ passed: runner.stats.passes, failed, skipped }));
        });
    }
};
