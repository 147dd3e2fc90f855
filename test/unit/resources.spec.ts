import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Durability, ManagedCache, ManagedDatabase, ManagedQueue } from "../../index";
import { localEnvironment, type Registration, record } from "../support/recorder";

const programs: Readonly<Record<string, () => unknown>> = {
    "local-database": () => new ManagedDatabase("orders", { version: "17", bindings: { reports: { access: "readonly" }, given: { password: "hush" } } }),
    "local-queue": () => new ManagedQueue("events", { durability: "ephemeral", bindings: { worker: { access: "readonly" } } }),
    "local-cache": () =>
        new ManagedCache("sessions", { size: "nano", settings: { "hash-max-listpack-entries": "64" }, bindings: { dashboard: { keys: ["session:*"] } } }),
};

describe("registered resources", () => {
    for (const [name, program] of Object.entries(programs)) {
        it(`are those of test/golden/${name}.json`, async () => {
            const { registrations } = await record(program, { environment: localEnvironment });
            const file = join(__dirname, "..", "golden", `${name}.json`);
            const text = `${JSON.stringify(registrations, null, 2)}\n`;
            if (process.env.UPDATE_GOLDEN) {
                writeFileSync(file, text);
            }
            assert.ok(existsSync(file), `${file} is missing: run with UPDATE_GOLDEN=1`);
            // Names, parents and protection are contract: look twice before rewriting the file.
            assert.deepEqual(registrations, JSON.parse(readFileSync(file, "utf8")));
        });
    }

    it("are protected by durability, those that hold data only", async () => {
        for (const [durability, expected] of [
            ["ephemeral", []],
            ["standard", ["LocalServer"]],
            ["critical", ["LocalServer"]],
        ] as const) {
            assert.deepEqual(await protectedTypes(durability), expected, durability);
        }
        assert.deepEqual(await protectedTypes(undefined), ["LocalServer"]);
    });

    it("all descend from the component", async () => {
        for (const program of Object.values(programs)) {
            const { registrations } = await record(program);
            const [component, ...children] = registrations as [Registration, ...Registration[]];
            assert.equal(component.parent, "Stack");
            for (const child of children) {
                assert.equal(child.parent, `${component.type}::${component.name}`);
            }
        }
    });

    it("show plain facts of the component only", async () => {
        for (const program of Object.values(programs)) {
            const [component] = (await record(program)).registrations;
            for (const key of Object.keys(component?.inputs ?? {})) {
                assert.ok(["backend", "kind", "version", "size", "durability"].includes(key), key);
            }
        }
        const asked = { cpu: 1, storageGb: 9, tags: { team: "shop" }, settings: { work_mem: "8MB" }, bindings: { given: { password: "hush" } } };
        const [component] = (await record(() => new ManagedDatabase("orders", asked))).registrations;
        assert.deepEqual(Object.keys(component?.inputs ?? {}).sort(), ["backend", "cpu", "durability", "kind", "size", "storageGb", "tags"]);
    });

    it("keep one line of code in the state", async () => {
        const { registrations } = await record(programs["local-database"] as () => unknown);
        const lines = new Set(registrations.map(({ inputs }) => inputs.__provider).filter((line) => line !== undefined));
        // Recorded in every state: a change of the wording updates every resource of every user.
        assert.deepEqual(
            [...lines].sort(),
            ["identity", "local-server", "local-user"].map((name) => `exports.handler = () => require("pulumi-data-services/host").provider("${name}");`),
        );
    });

    it("are the same for a program that asks in its arguments and one that calls bind()", async () => {
        const inArgs = await record(() => new ManagedDatabase("orders", { bindings: { reports: { access: "readonly" } } }));
        const byCall = await record(() => new ManagedDatabase("orders").bind("reports", { access: "readonly" }));
        assert.deepEqual(inArgs.registrations, byCall.registrations);
    });
});

async function protectedTypes(durability: Durability | undefined): Promise<string[]> {
    const { registrations } = await record(() => new ManagedDatabase("orders", durability === undefined ? {} : { durability }));
    return registrations.filter(({ protect }) => protect).map(({ type }) => type.split(":").at(-1) as string);
}
