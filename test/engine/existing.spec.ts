import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createAuthority } from "../../providers/certificates";
import { assertIncludes, assertUnchanged } from "../support/assertions";
import { type Binding, query, value } from "../support/clients";
import { type ExportedState, Project } from "../support/engine";
import { administrator, ExistingTestServer } from "../support/existing";
import { noSshd, SshServer } from "../support/sshd";

const program = `
import { exportBindings, ManagedDatabase } from "pulumi-data-services";
const { version } = JSON.parse(require("node:fs").readFileSync("options.json", "utf8"));
const orders = new ManagedDatabase("orders", version === undefined ? {} : { version });
const stock = new ManagedDatabase("stock");
export const bindings = exportBindings({ orders, stock, reports: orders.bind("reports", { access: "readonly" }) });
`;
type Bindings = Readonly<Record<"orders" | "stock" | "reports", Binding>>;
const password = "data-services:environment.database.existing.server.admin.password";

describe("a stack on a PostgreSQL that others run, behind a bastion", () => {
    const project = new Project({ program });
    let server: ExistingTestServer;
    let bastion: SshServer;

    before(async function () {
        if (noSshd() !== undefined) {
            console.info(`skipped: ${noSshd()}`);
            this.skip();
        }
        server = await ExistingTestServer.start("database");
        bastion = await SshServer.start();
        project.write("options.json", "{}");
        write({});
    });
    after(async () => {
        await project.remove();
        await server?.stop();
        await bastion?.stop();
    });

    /** The environment without the administrator's password, which `pulumi config set --secret` adds. */
    function write(more: Readonly<Record<string, unknown>>): void {
        const { privateKey: _, ...target } = bastion.target;
        const settings = { ...server.settings, admin: { username: administrator.username }, bastion: { ...target, privateKeyFile: bastion.path("client") } };
        project.environment({ database: { existing: { server: { ...settings, ...more } } } });
    }

    async function setPassword(text: string): Promise<void> {
        await project.pulumi(["config", "set", "--secret", "--path", password, text, "--stack", "dev"]);
    }

    async function bindings(): Promise<Bindings> {
        return (await project.outputs<{ bindings: Bindings }>()).bindings;
    }

    /** What the state says, without what is encrypted. */
    function plain(state: ExportedState): string {
        return JSON.stringify(state);
    }

    it("without a password is refused before anything is connected to", async () => {
        const { output } = await project.fails("preview");
        assertIncludes(
            output,
            "data-services:environment.database.existing.server.admin: exactly one of password, passwordFile, passwordEnv, secretArn must be set, got none",
        );
    });

    it("with a wrong password is refused at preview, by the server, and shows none", async () => {
        await setPassword("not-the-password");
        const { output } = await project.fails("preview");
        assertIncludes(output, 'the database "orders" at localhost:', "doesn't let the administrator in: password authentication failed", "Check admin");
        assert.ok(!output.includes("not-the-password"));
    });

    it("comes up, each service with a database of its own", async () => {
        await setPassword(administrator.password);
        assert.ok(!readFileSync(join(project.directory, "Pulumi.dev.yaml"), "utf8").includes(administrator.password));
        await project.preview();
        await project.up();
        const { orders, stock, reports } = await bindings();
        await query(orders, "CREATE TABLE items (name text); INSERT INTO items VALUES ('pen')");
        assert.equal(await value(reports, "SELECT name FROM items"), "pen");
        assert.deepEqual([orders.database, stock.database], ["orders", "stock"]);
        assert.match(bastion.log(), /Accepted publickey/);
    });

    it("has nothing to do in a second up, and no drift", async () => {
        assertUnchanged(await project.up());
        assertUnchanged(await project.refresh());
        assertUnchanged(await project.up());
    });

    it("shows no password and no key, in the state, in previews and in verbose logs", async () => {
        const { orders, reports } = await bindings();
        const run = await project.up({ args: ["--refresh", "--diff", "--logtostderr", "-v=9"] });
        const { privateKey } = bastion.target;
        for (const secret of [
            administrator.password,
            JSON.stringify(administrator.password).slice(1, -1),
            orders.password,
            reports.password,
            String(privateKey).split("\n")[2] as string,
        ]) {
            assert.ok(!plain(await project.exportState()).includes(secret));
            assert.ok(!run.stdout.includes(secret));
        }
    });

    it("heals a user that somebody dropped, after a refresh", async () => {
        const before = (await bindings()).reports;
        await server.sql("DROP OWNED BY orders_reports; DROP ROLE orders_reports", "orders");
        await project.refresh();
        const { deployment } = await project.exportState();
        const users = (deployment.resources ?? []).filter(({ type }) => type.endsWith(":RemoteUser"));
        assert.deepEqual(Object.fromEntries(users.map(({ urn, outputs }) => [urn.split("::").at(-1), outputs?.status])), {
            "orders-user": "present",
            "orders-reports-user": "can't log in",
            "stock-user": "present",
        });
        await project.up();
        assert.deepEqual((await bindings()).reports, before);
        assert.equal(await value(before, "SELECT name FROM items"), "pen");
        assertUnchanged(await project.up());
    });

    it("is refused at preview for a version that doesn't run, for a bastion with another host key, and for another authority", async () => {
        project.write("options.json", JSON.stringify({ version: "16" }));
        assertIncludes((await project.fails("preview")).output, 'version: "16" was asked for', "runs version 17.");
        project.write("options.json", "{}");
        const file = join(project.directory, "Pulumi.dev.yaml");
        const before = readFileSync(file, "utf8");
        try {
            const { privateKey: _, ...target } = bastion.target;
            const hostKey = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
            write({ bastion: { ...target, hostKey, privateKeyFile: bastion.path("client") } });
            await setPassword(administrator.password);
            assertIncludes((await project.fails("preview")).output, "can't be reached through its bastion", hostKey, bastion.fingerprint("ed25519"));
            write({ certificates: (await createAuthority("another")).certificate });
            await setPassword(administrator.password);
            assertIncludes((await project.fails("preview")).output, "shows a certificate that isn't trusted");
        } finally {
            project.write("Pulumi.dev.yaml", before);
        }
    });

    it("follows an administrator whose password changes", async () => {
        await server.sql(`ALTER ROLE ${administrator.username} PASSWORD 'another'`);
        await setPassword("another");
        const { steps } = await project.up();
        assert.ok(steps.every(({ op }) => ["same", "update"].includes(op)));
        assertUnchanged(await project.up());
    });

    it("fails while the server can't be reached, says how it was tried, and changes nothing", async () => {
        await bastion.stop();
        try {
            assertUnchanged(await project.up());
            project.program(program.replace("orders.bind(", 'orders.bind("late"); orders.bind('));
            const { output } = await project.fails("up");
            assertIncludes(output, 'the database "orders" at localhost:', "can't be reached through its bastion", "refuses connections: nothing listens there");
        } finally {
            await bastion.run();
            project.program(program);
        }
    }).timeout(180_000);

    it("is destroyed without a trace of its users, and keeps every database", async () => {
        await project.destroy();
        assert.deepEqual(await server.users(), []);
        const rows = (await server.sql("SELECT datname FROM pg_database WHERE datname IN ('orders', 'stock') ORDER BY 1")) as { datname: string }[];
        assert.deepEqual(
            rows.map(({ datname }) => datname),
            ["orders", "stock"],
        );
        assert.deepEqual(await server.sql("SELECT name FROM items", "orders"), [{ name: "pen" }]);
    });

    it("finds its data again when it comes up anew", async () => {
        await project.up();
        assert.equal(await value((await bindings()).reports, "SELECT name FROM items"), "pen");
        await project.destroy();
    });
});
