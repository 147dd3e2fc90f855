// Mocha's "spec" reporter, which also writes the totals to a file for tools/mocha.ts.
const { writeFileSync } = require("node:fs");
const { reporters } = require("mocha");

module.exports = class extends reporters.Spec {
    constructor(runner, options) {
        super(runner, options);
        const skipped = [];
        runner.on("pending", (test) => skipped.push(test.fullTitle()));
        runner.once("end", () => {
            const { passes, failures } = runner.stats;
            writeFileSync(process.env.MOCHA_TOTALS, JSON.stringify({ passed: passes, failed: failures, skipped }));
        });
    }
};
