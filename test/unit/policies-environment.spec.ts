import assert from "node:assert/strict";
import { place } from "../../components/environment";
import { type Environment, ManagedDatabase } from "../../index";
import { problemsOf } from "../support/problems";
import { record } from "../support/recorder";

const problems = (policies: unknown) =>
    place("database", { database: { local: {} }, policies } as Environment).problems.map(({ property, reason }) => `${property}: ${reason}`);

describe("the environment's policies", () => {
    it("need a level, and packs that there are", () => {
        assert.match(problems({}).join("\n"), /^environment\.policies\.level: is required/m);
        assert.match(
            problems({ level: "strict", packs: ["safety"] }).join("\n"),
            /policies\.level: .*advisory, mandatory.*\n.*policies\.packs\.0: .*security, compliance, cost/,
        );
    });

    it("need a rule that there is, and a reason for each exemption", () => {
        const found = problems({ level: "advisory", exemptions: [{ rule: "unsafe-write", resource: "*", reason: "a test" }] });
        assert.match(found[0] ?? "", /^environment\.policies\.exemptions\.0\.rule: there is no rule "unsafe-write"; did you mean "unsafe-writes"\?/);
        assert.match(problems({ level: "advisory", exemptions: [{ rule: "unsafe-writes", resource: "*" }] })[0] ?? "", /exemptions\.0\.reason: is required/);
        assert.match(problems({ level: "advisory", exemptions: [{ rule: "unsafe-writes", resource: "*", reason: " " }] })[0] ?? "", /exemptions\.0\.reason/);
        assert.match(
            problems({ level: "advisory", exemptions: [{ rule: "unsafe-writes", resource: "*", reason: "x", expires: "soon" }] })[0] ?? "",
            /exemptions\.0\.expires.*2026-12-31/,
        );
    });

    it("need parameters that the rule has, of their type", () => {
        assert.match(
            problems({ level: "advisory", config: { "logs-bounded": { maximum: 3 } } })[0] ?? "",
            /config\.logs-bounded\.maximum: unknown property.*maximumDays/,
        );
        assert.match(problems({ level: "advisory", config: { "logs-bounded": { maximumDays: "3" } } })[0] ?? "", /config\.logs-bounded\.maximumDays/);
        assert.match(problems({ level: "advisory", config: { "logs-bounded": { level: "high" } } })[0] ?? "", /config\.logs-bounded\.level/);
        assert.deepEqual(problems({ level: "advisory", config: { "logs-bounded": { maximumDays: 3, level: "disabled" } } }), []);
    });

    it("refuse what a component itself breaks, all rules at once, and register nothing", async () => {
        const environment: Environment = { database: { local: {} }, policies: { level: "mandatory", config: { tagged: { required: ["owner"] } } } };
        const { registrations } = await record(() => {
            const { problems: found } = problemsOf(() => new ManagedDatabase("orders", { environment, size: "xlarge", storageGb: 900 }));
            assert.deepEqual(
                found.map((problem) => /\[([a-z-]+)\]/.exec(problem)?.[1]),
                ["tagged", "oversized-class", "storage-oversized"],
            );
        });
        assert.deepEqual(registrations, []);
    });

    it("are lifted by an exemption that names the service", () => {
        const exemptions = ["tagged", "oversized-class"].map((rule) => ({ rule, resource: "ord*", reason: "a test" }));
        const environment: Environment = { database: { local: {} }, policies: { level: "mandatory", exemptions, config: { tagged: { required: ["owner"] } } } };
        const { problems: found } = problemsOf(() => new ManagedDatabase("other", { environment, size: "xlarge" }));
        assert.equal(found.length, 2);
        const { problems: left } = problemsOf(() => new ManagedDatabase("orders", { environment, size: "xlarge", storageGb: 900 }));
        assert.equal(left.length, 1);
    });
});
