import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createAuthority } from "../../providers/certificates";
import { assertIncludes, assertUnchanged } from "../support/assertions";
import { type Binding, query, value } from "../support/clients";
import { Project } from "../support/engine";
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

/** A project whose environment leads to a real PostgreSQL behind a real SSH server. The administrator's password comes by `setPassword`. */
class BehindBastion {
    readonly project = new Project({ program });

    private constructor(
        readonly server: ExistingTestServer,
        readonly bastion: SshServer,
    ) {
        this.project.write("options.json", "{}");
        this.write({});
    }

    static async start(): Promise<BehindBastion> {
        return new BehindBastion(await ExistingTestServer.start("database"), await SshServer.start());
    }

    /** The environment, without the password; with other settings of the server. */
    write(more: Readonly<Record<string, unknown>>): void {
        const { privateKey: _, ...target } = this.bastion.target;
        const settings = {
            ...this.server.settings,
            admin: { username: administrator.username },
            bastion: { ...target, privateKeyFile: this.bastion.path("client") },
        };
        this.project.environment({ database: { existing: { server: { ...settings, ...more } } } });
    }

    /** As a platform team does it: the password is a secret of the stack's config. */
    async setPassword(text: string): Promise<void> {
        await this.project.pulumi(["config", "set", "--secret", "--path", password, text, "--stack", "dev"]);
    }

    async bindings(): Promise<Bindings> {
        return (await this.project.outputs<{ bindings: Bindings }>()).bindings;
    }

    async stop(): Promise<void> {
        await this.project.remove();
        await this.server.stop();
        await this.bastion.stop();
    }
}

describe("a stack on a PostgreSQL that others run, behind a bastion", function () {
    this.timeout(240_000);
    let stack: BehindBastion;

    before(async function () {
        if (noSshd() !== undefined) {
            console.info(`skipped: ${noSshd()}`);
            this.skip();
        }
        stack = await BehindBastion.start();
    });
    after(() => stack?.stop());

    it("without a password is refused before anything is connected to", async () => {
        const { output } = await stack.project.fails("preview");
        assertIncludes(
            output,
            "data-services:environment.database.existing.server.admin: exactly one of password, passwordFile, passwordEnv, secretArn must be set, got none",
        );
    });

    it("with a wrong password is refused at preview, by the server, and shows none", async () => {
        await stack.setPassword("not-the-password");
        const { output } = await stack.project.fails("preview");
        // The first refusal ends the preview, and which of the two comes first is open.
        assert.match(output, /property admin: the database "(orders|stock)" at localhost:\d+ doesn't let the administrator in: password authentication failed/);
        assertIncludes(output, "Check admin");
        assert.ok(!output.includes("not-the-password"));
    });

    it("comes up, each service with a database of its own", async () => {
        await stack.setPassword(administrator.password);
        assert.ok(!readFileSync(join(stack.project.directory, "Pulumi.dev.yaml"), "utf8").includes(administrator.password));
        await stack.project.preview();
        await stack.project.up();
        const { orders, stock, reports } = await stack.bindings();
        await query(orders, "CREATE TABLE items (name text); INSERT INTO items VALUES ('pen')");
        assert.equal(await value(reports, "SELECT name FROM items"), "pen");
        assert.deepEqual([orders.database, stock.database], ["orders", "stock"]);
        assert.match(stack.bastion.log(), /Accepted publickey/);
    });

    it("has nothing to do in a second up, and no drift", async () => {
        assertUnchanged(await stack.project.up());
        assertUnchanged(await stack.project.refresh());
        assertUnchanged(await stack.project.up());
    });

    it("shows no password and no key, in the state, in previews and in verbose logs", async () => {
        const { orders, reports } = await stack.bindings();
        const run = await stack.project.up({ args: ["--refresh", "--diff", "--logtostderr", "-v=9"] });
        const { privateKey } = stack.bastion.target;
        for (const secret of [
            administrator.password,
            JSON.stringify(administrator.password).slice(1, -1),
            orders.password,
            reports.password,
            String(privateKey).split("\n")[2] as string,
        ]) {
            assert.ok(!JSON.stringify(await stack.project.exportState()).includes(secret));
            assert.ok(!run.stdout.includes(secret));
        }
    });

    it("heals a user that somebody dropped, after a refresh", async () => {
        const before = (await stack.bindings()).reports;
        await stack.server.sql("DROP OWNED BY orders_reports; DROP ROLE orders_reports", "orders");
        await stack.project.refresh();
        const { deployment } = await stack.project.exportState();
        const users = (deployment.resources ?? []).filter(({ type }) => type.endsWith(":RemoteUser"));
        assert.deepEqual(Object.fromEntries(users.map(({ urn, outputs }) => [urn.split("::").at(-1), outputs?.status])), {
            "orders-user": "present",
            "orders-reports-user": "can't log in",
            "stock-user": "present",
        });
        await stack.project.up();
        assert.deepEqual((await stack.bindings()).reports, before);
        assert.equal(await value(before, "SELECT name FROM items"), "pen");
        assertUnchanged(await stack.project.up());
    });

    it("is destroyed without a trace of its users, and keeps every database", async () => {
        await stack.project.destroy();
        assert.deepEqual(await stack.server.users(), []);
        const rows = (await stack.server.sql("SELECT datname FROM pg_database WHERE datname IN ('orders', 'stock') ORDER BY 1")) as { datname: string }[];
        assert.deepEqual(
            rows.map(({ datname }) => datname),
            ["orders", "stock"],
        );
        assert.deepEqual(await stack.server.sql("SELECT name FROM items", "orders"), [{ name: "pen" }]);
    });

    it("finds its data again when it comes up anew", async () => {
        await stack.project.up();
        assert.equal(await value((await stack.bindings()).reports, "SELECT name FROM items"), "pen");
        await stack.project.destroy();
    });
});

describe("a living stack on a PostgreSQL that others run", function () {
    this.timeout(240_000);
    let stack: BehindBastion;

    before(async function () {
        if (noSshd() !== undefined) {
            console.info(`skipped: ${noSshd()}`);
            this.skip();
        }
        stack = await BehindBastion.start();
        stack.write({ admin: administrator });
        await stack.project.up();
    });
    after(() => stack?.stop());

    it("is refused at preview for a version that doesn't run, for a bastion with another host key, and for another authority", async () => {
        stack.project.write("options.json", JSON.stringify({ version: "16" }));
        assertIncludes((await stack.project.fails("preview")).output, 'version: "16" was asked for', "runs version 17.");
        stack.project.write("options.json", "{}");
        const file = join(stack.project.directory, "Pulumi.dev.yaml");
        const before = readFileSync(file, "utf8");
        try {
            const { privateKey: _, ...target } = stack.bastion.target;
            const hostKey = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
            stack.write({ bastion: { ...target, hostKey, privateKeyFile: stack.bastion.path("client") } });
            await stack.setPassword(administrator.password);
            assertIncludes(
                (await stack.project.fails("preview")).output,
                "can't be reached through its bastion",
                hostKey,
                stack.bastion.fingerprint("ed25519"),
            );
            stack.write({ certificates: (await createAuthority("another")).certificate });
            await stack.setPassword(administrator.password);
            assertIncludes((await stack.project.fails("preview")).output, "shows a certificate that isn't trusted");
        } finally {
            stack.project.write("Pulumi.dev.yaml", before);
        }
    });

    it("follows an administrator whose password changes", async () => {
        await stack.server.sql(`ALTER ROLE ${administrator.username} PASSWORD 'changed-by-the-platform'`);
        await stack.setPassword("changed-by-the-platform");
        const { steps } = await stack.project.up();
        assert.ok(steps.every(({ op }) => ["same", "update"].includes(op)));
        assertUnchanged(await stack.project.up());
    });

    it("fails while the server can't be reached, says how it was tried, and changes nothing", async () => {
        await stack.bastion.stop();
        try {
            assertUnchanged(await stack.project.up());
            stack.project.program(program.replace("export const", 'orders.bind("late");\nexport const'));
            const { output } = await stack.project.fails("up");
            assertIncludes(output, 'the database "orders" at localhost:', "can't be reached through its bastion", "refuses connections: nothing listens there");
        } finally {
            await stack.bastion.run();
            stack.project.program(program);
        }
    });

    it("takes the password from the environment of pulumi, and then no state holds it, not even encrypted", async () => {
        stack.write({ admin: { username: administrator.username, passwordEnv: "PLATFORM_PASSWORD" } });
        const env = { PLATFORM_PASSWORD: "changed-by-the-platform" };
        await stack.project.up({ env });
        assertUnchanged(await stack.project.up({ env }));
        const { stdout } = await stack.project.pulumi(["stack", "export", "--show-secrets", "--stack", "dev"]);
        assert.ok(stdout.includes("PLATFORM_PASSWORD"));
        assert.ok(!stdout.includes("changed-by-the-platform"));
    });
});
