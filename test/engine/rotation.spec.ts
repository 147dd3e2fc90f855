import assert from "node:assert/strict";
import { type Binding, value, withCache, withDatabase } from "../support/clients";
import { Project } from "../support/engine";
import { adminQuery, serverDirectory } from "../support/local";

interface Outputs {
    readonly bindings: Readonly<Record<"shop" | "web", Binding>>;
}

/** With something in place of a Deployment: it changes with the bindings, and fails where it is told to. */
const program = `
import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { exportBindings, ManagedCache, ManagedDatabase } from "pulumi-data-services";

const { rotation, broken } = JSON.parse(readFileSync("wish.json", "utf8"));
const shop = new ManagedDatabase("orders", { version: "17" }).bind("shop", { rotation });
const web = new ManagedCache("sessions").bind("web", { rotation });
export const bindings = exportBindings({ shop, web });

const rollOut = async (inputs: { broken: boolean }) => {
    if (inputs.broken) {
        throw new Error("the roll-out failed");
    }
    return { id: "clients", outs: inputs };
};
const provider = { create: rollOut, update: (_id: string, _olds: object, news: { broken: boolean }) => rollOut(news) };
class Clients extends pulumi.dynamic.Resource {}
new (Clients as any)(provider, "clients", { broken: broken ?? false, bindings });
`;

describe("a rotation whose up fails", function () {
    this.timeout(180_000);
    const project = new Project({ program });
    let first: Outputs["bindings"];
    const wish = (rotation?: string, broken = false) => project.write("wish.json", JSON.stringify({ rotation, broken }));
    before(async () => {
        const local = project.local({ defaults: { durability: "ephemeral", size: "nano" } });
        project.environment(local);
        wish();
        await project.up();
    });
    after(() => project.remove());

    it("leaves the old user as it is", async () => {
        first = (await project.outputs<Outputs>()).bindings;
        wish("1", true);
        await project.fails("up");
        await logIn(first);
        assert.equal((await roles()).length, 2);
    });

    it("is ended by the next up", async () => {
        wish("1");
        await project.up();
        const { bindings } = await project.outputs<Outputs>();
        await logIn(bindings);
        await assertRefused(first);
        assert.deepEqual(await roles(), [bindings.shop.username]);
    });

    it("can be taken back, to an earlier rotation or to none", async function () {
        this.timeout(600_000);
        for (const [next, back] of [
            ["2", "1"],
            [undefined, "1"],
            ["3", undefined],
            ["4", undefined],
        ] as const) {
            wish(back);
            await project.up();
            const { bindings: old } = await project.outputs<Outputs>();
            wish(next, true);
            await project.fails("up");
            await logIn(old);
            wish(back);
            await project.up();
            const { bindings } = await project.outputs<Outputs>();
            assert.equal(bindings.shop.username, old.shop.username);
            await logIn(bindings);
            assert.equal(await value(bindings.shop, "SELECT 1"), 1);
            assert.deepEqual(await roles(), [bindings.shop.username]);
        }
    });

    async function roles(): Promise<string[]> {
        const rows = await adminQuery(serverDirectory(project), "SELECT rolname FROM pg_roles WHERE rolname LIKE 'orders\\_shop%'", "postgres");
        return rows.map((row) => (row as { rolname: string }).rolname);
    }
});

async function logIn({ shop, web }: Outputs["bindings"]): Promise<void> {
    await withDatabase(shop, async () => undefined);
    await withCache(web, async () => undefined);
}

async function assertRefused({ shop, web }: Outputs["bindings"]): Promise<void> {
    await assert.rejects(
        withDatabase(shop, async () => undefined),
        /password authentication failed/,
    );
    await assert.rejects(
        withCache(web, async () => undefined),
        /WRONGPASS/,
    );
}
