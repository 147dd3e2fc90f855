import assert from "node:assert/strict";
import { join } from "node:path";
import { checkout, Project } from "../support/engine";

interface Schema {
    readonly name: string;
    readonly resources: Readonly<
        Record<
            string,
            { isComponent: boolean; inputProperties: Record<string, { description?: string }>; properties: Record<string, { description?: string }> }
        >
    >;
    readonly types: Readonly<Record<string, { properties?: Record<string, unknown>; enum?: { value: string }[] }>>;
}

const common = [
    "version",
    "size",
    "cpu",
    "memoryGb",
    "storageGb",
    "durability",
    "highAvailability",
    "settings",
    "tags",
    "environment",
    "allowDataLoss",
    "allowMajorUpgrade",
    "bindings",
];
const own: Readonly<Record<string, { inputs: string[]; outputs: string[] }>> = {
    ManagedDatabase: { inputs: ["databaseName", "pointInTimeRecovery"], outputs: ["host", "port", "version", "bindings", "databaseName"] },
    ManagedQueue: { inputs: ["vhost"], outputs: ["host", "port", "version", "bindings", "vhost"] },
    ManagedCache: { inputs: ["evictionPolicy"], outputs: ["host", "port", "version", "bindings"] },
};

describe("the schema for other languages", () => {
    const project = new Project({ program: "" });
    after(() => project.remove());
    let schema: Schema;

    before(async () => {
        schema = JSON.parse((await project.pulumi(["package", "get-schema", join(checkout, "plugin")])).stdout);
    });

    it("holds the three components and no other resource", () => {
        assert.equal(schema.name, "data-services");
        assert.deepEqual(
            Object.keys(schema.resources).sort(),
            Object.keys(own)
                .map((name) => `data-services:index:${name}`)
                .sort(),
        );
    });

    for (const [name, { inputs, outputs }] of Object.entries(own)) {
        it(`holds every input and output of ${name}, described`, () => {
            const component = schema.resources[`data-services:index:${name}`];
            assert.equal(component?.isComponent, true);
            assert.deepEqual(Object.keys(component?.inputProperties ?? {}).sort(), [...common, ...inputs].sort());
            assert.deepEqual(Object.keys(component?.properties ?? {}).sort(), [...outputs].sort());
            for (const [property, { description }] of Object.entries({ ...component?.inputProperties, ...component?.properties })) {
                assert.ok(description, property);
            }
        });
    }

    it("holds the environment, the bindings and the words that are allowed", () => {
        const type = (name: string) => schema.types[`data-services:index:${name}`];
        assert.deepEqual(
            Object.keys(type("Environment")?.properties ?? {}).filter((name) => ["database", "queue", "cache", "defaults"].includes(name)).length,
            4,
        );
        assert.deepEqual(
            type("Size")?.enum?.map(({ value }) => value),
            ["nano", "micro", "small", "medium", "large", "xlarge"],
        );
        assert.deepEqual(
            type("Durability")?.enum?.map(({ value }) => value),
            ["ephemeral", "standard", "critical"],
        );
        assert.ok(["access", "username", "password", "rotation"].every((name) => name in (type("DatabaseBindingArgs")?.properties ?? {})));
        assert.ok("permissions" in (type("QueueBindingArgs")?.properties ?? {}));
        assert.ok("keys" in (type("CacheBindingArgs")?.properties ?? {}));
    });
});
