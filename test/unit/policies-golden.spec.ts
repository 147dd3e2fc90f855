import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { evaluate } from "../../policies/evaluate";
import { Facts } from "../../policies/facts";
import { packs, type Service } from "../../policies/rule";
import { rulesOf } from "../../policies/rules";
import { managedServices } from "../../policies/types";
import type { Registration } from "../support/recorder";

const golden = join(__dirname, "..", "golden");
const today = "2026-08-31";
const files = readdirSync(golden).filter((file) => file.endsWith(".json"));
const rules = packs.flatMap(rulesOf);

/** What the rules find in recorded resources, as `rule resource`. */
function findings(registrations: readonly Registration[], stack: string): string[] {
    const component = registrations.find(({ type }) => (managedServices as readonly string[]).includes(type));
    const service: Service | undefined = component && { type: component.type, name: component.name, facts: component.inputs };
    return registrations.flatMap(({ type, name, inputs, protect }) => {
        const subject = { type, name, urn: `urn:pulumi:${stack}::shop::${type}::${name}`, facts: new Facts(inputs, protect ?? false) };
        return rules.flatMap((rule) => evaluate(rule, subject, {}, { stack, today, service }).findings.map(({ found }) => `${rule.id} ${name}: ${found}`));
    });
}

/** What the recorded programs ask for on purpose, and a rule of that kind of stack has to say. */
const asked: Readonly<Record<string, readonly RegExp[]>> = {
    staging: [],
    // A development stack with standby servers and the backups of a critical service; a stack of production with services to throw away, on this machine, with one server, or without backups.
    dev: [/^idle-availability /, /^backups-bounded .* is 35/],
    prod: [/^production-durability .*ephemeral/, /^production-backend .*local/, /^high-availability /, /^backups-configured /],
};

describe("the policies, on what this library registers", () => {
    it("have every backend's golden resources to look at", () => {
        const named = new Set(files.map((file) => file.split("-")[0]));
        for (const backend of ["local", "kubernetes", "aws"]) {
            assert.ok(named.has(backend), backend);
        }
    });

    for (const [stack, allowed] of Object.entries(asked)) {
        for (const file of files) {
            it(`find nothing in ${file} in the stack ${stack}, but what it asks for`, () => {
                const registrations = JSON.parse(readFileSync(join(golden, file), "utf8")) as Registration[];
                const unexpected = findings(registrations, stack).filter((finding) => !allowed.some((pattern) => pattern.test(finding)));
                assert.deepEqual(unexpected, []);
            });
        }
    }
});
