import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type ReportViolation, type ResourceValidationArgs, type ResourceValidationPolicy, UnknownValueError, unknownCheckingProxy } from "@pulumi/policy";
import { toPolicies } from "../../policies/adapter";
import { packs, type Rule } from "../../policies/rule";
import { ruleIds, rulesOf } from "../../policies/rules";
import { isSecretName } from "../../policies/words";
import { type Props, type RuleCase, type TypeCase, withValue } from "../policies/case";
import { compliance } from "../policies/compliance";
import { cost } from "../policies/cost";
import { security } from "../policies/security";

const today = "2026-08-31";
/** What the engine puts in place of a text that isn't known. */
const unknownText = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
const ruleCases: Readonly<Record<string, RuleCase>> = { ...security, ...compliance, ...cost };
const rules = packs.flatMap(rulesOf);

interface Asked {
    readonly type: string;
    readonly props: Props;
    readonly protect?: boolean | undefined;
    readonly stack?: string | undefined;
    readonly config?: Props;
}

/** What the engine would be told: asks the policy as the engine does. */
function ask(rule: Rule, { type, props, protect = true, stack = "staging", config = {} }: Asked): { messages: string[]; waits: boolean } {
    const [policy] = toPolicies([rule], today) as [ResourceValidationPolicy];
    const messages: string[] = [];
    const args = {
        ...{ type, name: "orders", urn: `urn:pulumi:${stack}::shop::${type}::orders` },
        props: unknownCheckingProxy(structuredClone(props)),
        opts: { protect, ignoreChanges: [], aliases: [], customTimeouts: {}, additionalSecretOutputs: [] },
        getConfig: () => config,
    } as unknown as ResourceValidationArgs;
    try {
        (policy.validateResource as (args: ResourceValidationArgs, report: ReportViolation) => void)(args, (message) => messages.push(message));
    } catch (error) {
        assert.ok(error instanceof UnknownValueError, String(error));
        return { messages, waits: true };
    }
    return { messages, waits: false };
}

function stackOf(one: RuleCase): string {
    return one.stack ?? "staging";
}

/** The first violation of a rule: in its cases, or by its parameters. */
function aViolation(one: RuleCase): Asked {
    const found = one.cases.find(({ violations }) => violations.length > 0);
    if (found !== undefined) {
        const [{ props, protect }] = found.violations as [TypeCase["violations"][number]];
        return { type: found.type, props, protect, stack: stackOf(one) };
    }
    const parameter = one.parameters.find(({ makes }) => makes === "finding") as RuleCase["parameters"][number];
    return { type: parameter.type, props: parameter.props, config: parameter.set, stack: parameter.stack ?? stackOf(one) };
}

/** The same with a marked secret wherever one could be, and all marks. */
function withSecrets(value: unknown, name: string, marks: string[]): unknown {
    if (Array.isArray(value)) {
        return value.map((item) => withSecrets(item, name, marks));
    }
    if (value !== null && typeof value === "object") {
        return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, withSecrets(one, key, marks)]));
    }
    if (typeof value === "string" && isSecretName(name)) {
        marks.push(value);
    }
    return value;
}

describe("policies", () => {
    it("are at least 45, and each is a file of its name that its pack reads", () => {
        assert.ok(rules.length >= 45, String(rules.length));
        const files = readdirSync(join(__dirname, "..", "..", "policies", "rules")).filter((file) => file !== "index.ts");
        assert.deepEqual(files.map((file) => file.replace(/\.ts$/, "")).sort(), Object.values(ruleIds).flat().sort());
        for (const pack of packs) {
            assert.deepEqual(
                rulesOf(pack).map((rule) => `${rule.pack} ${rule.id}`),
                ruleIds[pack].map((id) => `${pack} ${id}`),
            );
        }
    });

    it("are packs of the package's own version, whose folders lead to the built code", () => {
        const read = (file: string) => JSON.parse(readFileSync(join(__dirname, "..", "..", file), "utf8"));
        for (const pack of packs) {
            const { version, main } = read(`policies/${pack}/package.json`);
            assert.equal(version, read("package.json").version, pack);
            assert.equal(join("policies", pack, main), join("dist", "policies", "packs", `${pack}.js`));
        }
    });

    for (const rule of rules) {
        describe(rule.id, () => {
            const one = ruleCases[rule.id];
            if (rule.stack !== undefined) {
                it("is tested as a rule over a whole stack, below", () => assert.deepEqual(rule.checks, {}));
                return;
            }

            it("has cases for each of its types and each of its parameters", () => {
                assert.ok(one, "add them to test/policies");
                assert.deepEqual([...new Set(one.cases.map(({ type }) => type))].sort(), Object.keys(rule.checks).sort());
                assert.deepEqual([...new Set(one.parameters.flatMap(({ set }) => Object.keys(set)))].sort(), Object.keys(rule.config).sort());
                assert.ok(aViolation(one));
            });

            it("says what, why and how, in sentences", () => {
                for (const text of [rule.title, rule.why, rule.fix]) {
                    assert.match(text, /^[A-Z"].*[.]$/s);
                }
                assert.match(rule.id, /^[a-z][a-z-]+$/);
                for (const { description } of Object.values(rule.config)) {
                    assert.ok(description);
                }
            });

            if (one === undefined) {
                return;
            }

            for (const { type, compliant, violations, decides, absent, unknown, protect } of one.cases) {
                const asked = { type, protect, stack: stackOf(one) };
                describe(`${type}, ${decides}`, () => {
                    it("finds nothing where all is well", () => assert.deepEqual(ask(rule, { ...asked, props: compliant }), { messages: [], waits: false }));

                    for (const [index, violation] of violations.entries()) {
                        it(`finds violation ${index + 1}: ${violation.says.source}`, () => {
                            const { messages } = ask(rule, { ...asked, ...violation });
                            const [first = ""] = messages;
                            const found = /^\w+ "orders": (.*)\.$/m.exec(first)?.[1] ?? "";
                            assert.match(found, violation.says, first);
                            assert.ok(first.includes(`Why: ${rule.why}`) && first.includes("Fix: ") && first.includes(`Exempt: {"${rule.id}"`), first);
                        });
                    }

                    it(`where the property is absent: ${absent}`, () => {
                        const { messages, waits } = ask(rule, { ...asked, props: withValue(compliant, decides) });
                        assert.equal(waits, false);
                        assert.equal(messages.length > 0, absent === "finding", messages.join("\n"));
                    });

                    it(`where it isn't known: ${unknown}`, () => {
                        assert.deepEqual(ask(rule, { ...asked, props: withValue(compliant, decides, unknownText) }), {
                            messages: [],
                            waits: unknown === "waits",
                        });
                    });
                });
            }

            for (const [index, { set, type, props, makes, stack }] of one.parameters.entries()) {
                it(`follows its parameter ${Object.keys(set).join(", ")} (${index + 1})`, () => {
                    const asked = { type, props, stack: stack ?? stackOf(one) };
                    assert.equal(ask(rule, asked).messages.length > 0, makes === "fine", "without");
                    assert.equal(ask(rule, { ...asked, config: set }).messages.length > 0, makes === "finding", "with");
                });
            }

            it("shows no secret", () => {
                for (const { type, violations } of one.cases) {
                    for (const { props, protect } of violations) {
                        const marks: string[] = [];
                        withSecrets({ ...props, password: "never-show-4711", stringData: { token: "nor-this-one" } }, "", marks);
                        const { messages } = ask(rule, {
                            type,
                            protect,
                            stack: stackOf(one),
                            props: { password: "never-show-4711", stringData: { token: "nor-this-one" }, ...props },
                        });
                        for (const mark of marks.filter((text) => text.length > 3)) {
                            assert.ok(!messages.some((message) => message.split("\n")[0]?.includes(mark)), `${mark} in ${messages[0]}`);
                        }
                    }
                }
            });

            it("is lifted by an exemption with a reason, for the resources that it names", () => {
                const violation = aViolation(one);
                const exempted = (exemptions: readonly object[]) => ask(rule, { ...violation, config: { ...violation.config, exemptions } }).messages;
                assert.equal(exempted([]).length > 0, true);
                assert.deepEqual(exempted([{ resource: "orders", reason: "a test" }]), []);
                assert.deepEqual(exempted([{ resource: "ord*", reason: "a test", expires: today }]), []);
                assert.deepEqual(exempted([{ resource: "urn:pulumi:*::orders", reason: "a test", expires: "2027-01-01" }]), []);
                assert.equal(exempted([{ resource: "order", reason: "another resource" }]).length > 0, true);
            });

            it("isn't lifted without a reason, or after the exemption's last day", () => {
                const violation = aViolation(one);
                const [none = ""] = ask(rule, { ...violation, config: { ...violation.config, exemptions: [{ resource: "*", reason: " " }] } }).messages;
                assert.match(none, /The exemption of "\*" doesn't count: it gives no reason\./);
                const expired = [{ resource: "*", reason: "until the upgrade", expires: "2026-08-30" }];
                const [late = ""] = ask(rule, { ...violation, config: { ...violation.config, exemptions: expired } }).messages;
                assert.match(late, /doesn't count: it expired on 2026-08-30\./);
            });
        });
    }
});
