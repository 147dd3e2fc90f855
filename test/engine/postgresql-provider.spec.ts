import assert from "node:assert/strict";
import { assertIncludes, assertUnchanged } from "../support/assertions";
import { type Binding, query, value } from "../support/clients";
import { Project } from "../support/engine";
import { ExistingTestServer } from "../support/existing";

const program = `
import * as postgresql from "@pulumi/postgresql";
import { exportBindings, ManagedDatabase } from "pulumi-data-services";
import { postgresqlProvider } from "pulumi-data-services/providers/postgresql";

const orders = new ManagedDatabase("orders");
const owner = orders.bind("owner", { access: "owner" });
const reports = orders.bind("reports", { access: "readonly" });
const provider = postgresqlProvider(owner);
const app = new postgresql.Schema("app", { name: "app" }, { provider });
new postgresql.Extension("trigrams", { name: "pg_trgm", schema: app.name }, { provider });
// The plugin that tests build is an early one, which knows no grants on schemas and wants one named in each grant.
new postgresql.Grant("reports-app", { database: "orders", schema: app.name, role: reports.username, objectType: "database", privileges: ["TEMPORARY"] }, { provider });
export const bindings = exportBindings({ orders, owner, reports });
`;

type Bindings = Readonly<Record<"orders" | "owner" | "reports", Binding>>;

const settings: Readonly<Record<string, (project: Project) => Promise<unknown>>> = {
    local: async (project) => ({ database: { local: { directory: project.data } }, defaults: { durability: "ephemeral", size: "nano" } }),
    existing: async () => {
        server = await ExistingTestServer.start("database");
        return { database: { existing: { server: server.settings } }, defaults: { durability: "ephemeral" } };
    },
};
let server: ExistingTestServer | undefined;

for (const [backend, environment] of Object.entries(settings)) {
    describe(`@pulumi/postgresql on a database of the backend ${backend}`, () => {
        const project = new Project({ name: `provider-${backend}`, program });
        after(async () => {
            await project.remove();
            await server?.stop();
            server = undefined;
        });

        before(async () => project.environment(await environment(project)));

        it("previews before there is a database", async () => {
            const { steps } = await project.preview();
            assert.deepEqual(
                steps
                    .filter(({ type }) => ["Schema", "Extension", "Grant"].includes(type))
                    .map(({ op, name }) => `${op} ${name}`)
                    .sort(),
                ["create app", "create reports-app", "create trigrams"],
            );
        });

        it("makes a schema, an extension and a grant that every binding can use", async () => {
            await project.up();
            const { bindings } = await project.outputs<{ bindings: Bindings }>();
            await query(bindings.orders, "CREATE TABLE app.items (id int, name text); INSERT INTO app.items VALUES (1, 'pen')");
            assert.equal(await value(bindings.reports, "SELECT name FROM app.items WHERE app.similarity(name, 'pens') > 0.2"), "pen");
            assert.equal(await value(bindings.owner, "SELECT pg_get_userbyid(nspowner) FROM pg_namespace WHERE nspname = 'app'"), "orders:owner");
            assert.equal(await value(bindings.owner, "SELECT has_database_privilege($1, 'orders', 'TEMPORARY')", [bindings.reports.username]), true);
        });

        it("has nothing to do in a second up, and no drift", async () => {
            assertUnchanged(await project.up());
            assertUnchanged(await project.refresh());
            assertUnchanged(await project.up());
        });

        it("keeps the password a secret of the state", async () => {
            const { bindings } = await project.outputs<{ bindings: Bindings }>();
            const state = JSON.stringify(await project.exportState());
            assert.ok(!state.includes(bindings.owner.password));
            assert.match(state, /"sslmode":"verify-full"/);
        });

        it("destroys", async () => {
            const { bindings } = await project.outputs<{ bindings: Bindings }>();
            await query(bindings.orders, "DROP TABLE app.items");
            await project.destroy();
            assert.deepEqual((await project.exportState()).deployment.resources ?? [], []);
            assert.deepEqual((await server?.users()) ?? [], []);
        });
    });
}

describe("postgresqlProvider", () => {
    const project = new Project({
        name: "provider-refused",
        program: program.replace("postgresqlProvider(owner)", "postgresqlProvider(reports)"),
    });
    after(() => project.remove());

    it("refuses a binding that may not make schemas", async () => {
        const { output } = await project.fails("preview");
        assertIncludes(output, 'postgresqlProvider of the binding "orders-reports"', 'must have access "owner", got "readonly"');
    });
});
