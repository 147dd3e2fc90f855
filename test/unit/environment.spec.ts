import assert from "node:assert/strict";
import type { Backend, ServiceKind } from "../../components/backend";
import { backendsWith, place } from "../../components/environment";
import { type Environment, ManagedCache, ManagedDatabase, ManagedQueue } from "../../index";
import { type BackendRegistry, backends } from "../../providers";
import { problemsOf } from "../support/problems";
import { record } from "../support/recorder";

const allowed = Object.keys(backends).join(", ");

function problems(environment: unknown, kind: ServiceKind = "database", registry: BackendRegistry = backends): string[] {
    return place(kind, environment as Environment, registry).problems.map(({ property, reason }) => `${property}: ${reason}`);
}

/** Two backends that aren't there, to see what the frame makes of what they say of themselves. */
const fakes: BackendRegistry = {
    able: () => fake("able", { highAvailability: true, pointInTimeRecovery: true }),
    lacking: () => ({ ...fake("lacking", { highAvailability: false, pointInTimeRecovery: false }), sdks: [{ package: "@pulumi/not-there", range: "^7.0.0" }] }),
    databaseless: () => ({ name: "databaseless", summary: "", config: {} }),
};

function fake(name: string, capabilities: { highAvailability: boolean; pointInTimeRecovery: boolean }): Backend {
    const provision = () => assert.fail("nothing is provisioned here");
    return {
        name,
        summary: "",
        config: { type: "object", additionalProperties: false, properties: { zone: { type: "string" } } },
        database: { versions: ["1"], capabilities, provision },
    };
}

describe("the environment", () => {
    it("is local when nothing says otherwise", async () => {
        const { registrations } = await record(() => new ManagedDatabase("orders"));
        assert.equal(registrations[0]?.inputs.backend, "local");
    });

    it("comes from the stack's config", async () => {
        const environment = { database: { local: { directory: "/elsewhere", ports: { orders: 6000 } } } };
        const { registrations } = await record(() => new ManagedDatabase("orders"), { environment });
        const server = registrations.find(({ type }) => type.endsWith(":LocalServer"));
        assert.equal(server?.inputs.root, "/elsewhere");
        assert.equal(server?.inputs.port, 6000);
    });

    it("in code wins over the config", async () => {
        const { registrations } = await record(() => new ManagedDatabase("orders", { environment: { database: { local: { directory: "/code" } } } }), {
            environment: { database: { local: { directory: "/config" } } },
        });
        assert.equal(registrations.find(({ type }) => type.endsWith(":LocalServer"))?.inputs.root, "/code");
    });

    it("sets size, durability and tags of services that don't say otherwise", async () => {
        const environment = { database: { local: {} }, defaults: { size: "large", durability: "critical" } };
        const { registrations } = await record(() => [new ManagedDatabase("a"), new ManagedDatabase("b", { size: "nano", durability: "ephemeral" })], {
            environment,
        });
        const facts = registrations.filter(({ type }) => type.endsWith(":ManagedDatabase")).map(({ inputs }) => [inputs.size, inputs.durability]);
        assert.deepEqual(facts, [
            ["large", "critical"],
            ["nano", "ephemeral"],
        ]);
    });

    it("refuses an unknown backend and names the nearest", () => {
        assert.deepEqual(problems({ database: { locl: {} } }), [`environment.database.locl: unknown backend; did you mean "local"? Allowed: ${allowed}.`]);
        assert.deepEqual(problems({ database: { mainframe: {} } }), [`environment.database.mainframe: unknown backend. Allowed: ${allowed}.`]);
    });

    it("refuses two backends for one kind, and none", () => {
        assert.deepEqual(problems({ database: { able: {}, lacking: {} } }, "database", fakes), [
            "environment.database: exactly one backend must be named, got able, lacking. Allowed: able, lacking, databaseless.",
        ]);
        assert.deepEqual(problems({ database: {} }), [`environment.database: exactly one backend must be named, got none. Allowed: ${allowed}.`]);
    });

    it("refuses a kind that the program has and the environment has not", () => {
        assert.deepEqual(problems({ database: { local: {} } }, "queue"), [
            "environment.queue: is required: this program has a queue. Name its backend, such as { queue: { local: {} } }.",
        ]);
    });

    it("refuses a backend that has not the kind, and names those that have", () => {
        assert.deepEqual(problems({ database: { databaseless: {} } }, "database", fakes), [
            'environment.database.databaseless: the backend "databaseless" has no database. Backends that have: able, lacking.',
        ]);
    });

    it("refuses a backend whose SDK is not installed, and says what to install", () => {
        assert.deepEqual(problems({ database: { lacking: {} } }, "database", fakes), [
            'environment.database.lacking: the backend "lacking" needs @pulumi/not-there, which is not installed. Run: npm install "@pulumi/not-there@^7.0.0"',
        ]);
    });

    it("names the backends that can", () => {
        assert.equal(backendsWith("database", "highAvailability", fakes), "Backends that can: able.");
        assert.equal(backendsWith("queue", "highAvailability", fakes), "No backend of this version can.");
    });

    it("refuses misspelt keys and wrong types, at every level", () => {
        assert.deepEqual(
            problems({ databse: { local: {} } }).map((problem) => problem.split(" Allowed")[0]),
            ['environment.databse: unknown property; did you mean "database"?'],
        );
        assert.deepEqual(problems({ database: "local" }), ['environment.database: must be an object, got "local".']);
        assert.deepEqual(problems("local"), ['environment: must be an object, got "local".']);
        assert.deepEqual(problems({ database: { local: {} }, defaults: { size: "smal" } }), [
            'environment.defaults.size: "smal" is not allowed; did you mean "small"? Allowed: nano, micro, small, medium, large, xlarge.',
        ]);
        assert.deepEqual(problems({ database: { local: {} }, defaults: { tag: {} } }), [
            'environment.defaults.tag: unknown property; did you mean "tags"? Allowed here: size, durability, tags.',
        ]);
        assert.deepEqual(problems({ database: { local: { directry: "/x" } } }), [
            'environment.database.local.directry: unknown property; did you mean "directory"? Allowed here: directory, ports.',
        ]);
        assert.deepEqual(problems({ database: { local: { directory: "relative/path" } } }), [
            'environment.database.local.directory: must be an absolute path, got "relative/path".',
        ]);
        assert.deepEqual(problems({ database: { local: { ports: { orders: 80 } } } }), [
            "environment.database.local.ports.orders: must be at least 1024, got 80.",
        ]);
        assert.deepEqual(problems({ database: { local: { ports: { orders: "6000" } } } }), [
            'environment.database.local.ports.orders: must be an integer, got "6000".',
        ]);
    });

    it("is checked as a whole with the first service", () => {
        assert.deepEqual(
            problems({ database: { local: {} }, queue: { locl: {} }, cache: { local: { port: 1 } } }).map((problem) => problem.split(":")[0]),
            ["environment.queue.locl", "environment.cache.local.port"],
        );
    });

    it("names the config key where the mistake is in the stack's config", async () => {
        const { result } = await record(() => problemsOf(() => new ManagedQueue("events")), { environment: { queue: { locl: {} } } });
        assert.deepEqual(result.problems, [`data-services:environment.queue.locl: unknown backend; did you mean "local"? Allowed: ${allowed}.`]);
    });

    it("says so when the config value is no JSON", async () => {
        await record(() => new ManagedCache("sessions"), { environment: { cache: { local: {} } } });
        await withRawConfig("{database: local", () => {
            assert.throws(() => new ManagedCache("sessions"), /data-services:environment.* is not a valid JSON object/);
        });
    });
});

async function withRawConfig<Result>(text: string, action: () => Result): Promise<Result> {
    const pulumi = await import("@pulumi/pulumi");
    pulumi.runtime.setAllConfig({ "data-services:environment": text });
    try {
        return action();
    } finally {
        pulumi.runtime.setAllConfig({});
    }
}
