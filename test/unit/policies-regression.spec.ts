import assert from "node:assert/strict";
import { evaluate, evaluateStack, type Settings } from "../../policies/evaluate";
import { Facts } from "../../policies/facts";
import { packs, type Rule } from "../../policies/rule";
import { rulesOf } from "../../policies/rules";
import * as type from "../../policies/types";
import { insecureDefaults, type Planned } from "../policies/insecure-defaults";

const rules = packs.flatMap(rulesOf);
const prod = { stack: "prod", today: "2026-08-31", service: undefined };

function findings(resources: readonly Planned[]): string[] {
    return resources.flatMap(({ type, name, props, protect = false }) => {
        const subject = { type, name, urn: `urn:pulumi:prod::shop::${type}::${name}`, facts: new Facts(props, protect) };
        return rules.flatMap((rule) => evaluate(rule, subject, {}, prod).findings.map(({ found }) => `${rule.id} ${name}: ${found}`));
    });
}

describe("the policies, on what other platforms ship", () => {
    for (const { where, shipped, found, mended } of insecureDefaults) {
        it(`find the defaults of ${where}`, () => {
            const ids = new Set(findings(shipped).map((finding) => finding.split(" ")[0]));
            assert.deepEqual(
                found.filter((id) => !ids.has(id)),
                [],
            );
        });

        it(`find nothing once ${where} is mended`, () => assert.deepEqual(findings(mended), []));
    }
});

describe("the rule stack-ceiling", () => {
    const rule = rules.find(({ id }) => id === "stack-ceiling") as Rule;
    const resource = (name: string, kind: string, props: object) => ({ type: kind, name, urn: name, facts: new Facts(props) });
    const machines = [
        resource("orders", type.rdsInstance, { instanceClass: "db.m7g.large", multiAz: true }),
        resource("events", type.mqBroker, { hostInstanceType: "mq.m5.xlarge", deploymentMode: "CLUSTER_MULTI_AZ" }),
        resource("odd", type.rdsInstance, { instanceClass: "db.z99.large" }),
        resource("bucket", "aws:s3/bucket:Bucket", {}),
    ];
    const ask = (settings: Settings) => evaluateStack(rule, machines, settings, prod);

    it("adds up what has a price, and says what has none", () => {
        assert.deepEqual(ask({}).findings, []);
        const [sum] = ask({ ceiling: 1000 }).findings;
        assert.match(
            sum?.found ?? "",
            /^2 services cost about \$1507 a month .*, without 1 whose price isn't known, and \$1000 is the ceiling; most: events \$1261, orders \$245$/,
        );
        const [unknown] = ask({ unknown: "report" }).findings;
        assert.match(unknown?.found ?? "", /^the cost is unknown of odd \(the price table of .* has no db.z99.large\)$/);
    });

    it("adds up the rest where a class isn't known before the update", () => {
        const planned = [...machines, resource("next", type.rdsInstance, { instanceClass: "[secret]" })];
        const verdict = evaluateStack(rule, planned, { ceiling: 1000, unknown: "report" }, prod);
        assert.match(verdict.findings[0]?.found ?? "", /\$1507 a month .*, without 2 whose price isn't known/);
        assert.match(verdict.findings[1]?.found ?? "", /next \(instanceClass isn't known before the update\)/);
        assert.equal(verdict.unknown, undefined);
    });

    it("is lifted by an exemption that names the stack", () => {
        assert.equal(ask({ ceiling: 1, exemptions: [{ resource: "prod", reason: "the fair" }] }).findings.length, 0);
        const late = ask({ ceiling: 1, exemptions: [{ resource: "prod", reason: "the fair", expires: "2026-01-01" }] });
        assert.match(late.void.join(), /expired on 2026-01-01/);
    });
});
