import assert from "node:assert/strict";
import { assertIncludes, assertUnchanged } from "../support/assertions";
import { type Binding, value } from "../support/clients";
import { type ExportedState, Project } from "../support/engine";
import { postmaster, serverDirectory } from "../support/local";
import { databaseProgram } from "../support/programs";

interface Outputs {
    readonly bindings: { readonly orders: Binding };
}

describe("changes that would lose data", () => {
    const project = new Project({ program: databaseProgram({ size: "micro" }) });
    after(() => project.remove());
    let pid: number;
    let binding: Binding;

    before(async () => {
        await project.up();
        pid = postmaster(serverDirectory(project));
        ({ orders: binding } = (await project.outputs<Outputs>()).bindings);
    });

    afterEach("nothing happened to the service", async () => {
        assert.equal(postmaster(serverDirectory(project)), pid);
        assert.equal(await value(binding, "SELECT 1"), 1);
        // What a refused `up` may have noted of itself are plain facts.
        project.program(databaseProgram({ size: "micro" }));
        const { steps } = await project.preview();
        assert.deepEqual(
            steps.filter(({ op, type }) => op !== "same" && !["ManagedDatabase", "Identity"].includes(type)),
            [],
        );
        await project.up();
        assertUnchanged(await project.preview());
    });

    /** Both commands refuse; neither comes to do anything. */
    async function refuses(args: Readonly<Record<string, unknown>>, ...reasons: readonly string[]): Promise<void> {
        project.program(databaseProgram({ size: "micro", ...args }));
        for (const command of ["preview", "up"] as const) {
            const { output } = await project.fails(command);
            assertIncludes(output, ...reasons);
        }
    }

    it("another major version of PostgreSQL is refused", () =>
        refuses(
            { version: "16" },
            'the database "orders" runs PostgreSQL 17',
            'Set version: "17"; or make a second database of version 16 under another name',
        ));

    it("less storage is refused, by figure and by size", async () => {
        await refuses({ storageGb: 4 }, 'the database "orders" has 5 GiB of storage; storage never shrinks, so 4 GiB is refused. Set storageGb: 5');
        await refuses({ size: "nano" }, "has 5 GiB of storage", "so 1 GiB is refused");
    });

    it("another database name is refused", () =>
        refuses(
            { databaseName: "sales" },
            'the database "orders" keeps its data in "orders"; "sales" would be another, empty one beside it',
            'Set databaseName: "orders"',
        ));

    it("another directory is refused", async () => {
        project.environment({ database: { local: { directory: `${project.data}-elsewhere` } }, defaults: { durability: "ephemeral" } });
        try {
            await refuses({}, `keeps its data in ${project.data}; they don't move to ${project.data}-elsewhere by themselves`, "local.directory back");
        } finally {
            project.environment(project.local({ defaults: { durability: "ephemeral" } }));
        }
    });

    it("another backend is refused", async () => {
        const state = await project.exportState();
        await project.importState(withBackend(state, "elsewhere"));
        try {
            for (const command of ["preview", "up"] as const) {
                const { output } = await project.fails(command);
                assertIncludes(
                    output,
                    'the database "orders" lives on the backend "elsewhere"',
                    'on "local" it would start empty',
                    "under another name and copy the data",
                    'allowDataLoss: ["backend-change"]',
                );
            }
            project.program(databaseProgram({ size: "micro", allowDataLoss: ["backend-change"] }));
            await project.preview();
        } finally {
            await project.importState(state);
        }
    });
});

describe("a loss of data that the program names", () => {
    const project = new Project({ program: databaseProgram({ size: "micro" }) });
    after(() => project.remove());

    it("is accepted: the bindings lead to another database of the same server", async () => {
        await project.up();
        const pid = postmaster(serverDirectory(project));
        project.program(databaseProgram({ size: "micro", databaseName: "sales", allowDataLoss: ["name-change"] }));
        await project.up();
        const { orders } = (await project.outputs<Outputs>()).bindings;
        assert.equal(await value(orders, "SELECT current_database()"), "sales");
        assert.equal(postmaster(serverDirectory(project)), pid);
        assertUnchanged(await project.preview());
    });
});

/** A state in which the services say that they live elsewhere. */
function withBackend(state: ExportedState, backend: string): ExportedState {
    const copy = structuredClone(state);
    for (const resource of copy.deployment.resources ?? []) {
        if (resource.type.endsWith(":Identity")) {
            Object.assign(resource.inputs ?? {}, { backend });
            Object.assign(resource.outputs ?? {}, { backend });
        }
    }
    return copy;
}
