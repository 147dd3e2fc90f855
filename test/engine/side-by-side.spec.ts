import assert from "node:assert/strict";
import { join } from "node:path";
import { assertIncludes, assertUnchanged } from "../support/assertions";
import { type Binding, query, value, withCache } from "../support/clients";
import { Project } from "../support/engine";
import { filesBelow, readMark, serverDirectory, writeMark } from "../support/local";
import { databaseProgram } from "../support/programs";

interface Outputs {
    readonly bindings: Readonly<Record<"orders" | "stock" | "sessions", Binding>>;
}

describe("several stacks on one machine", () => {
    const project = new Project({ program: databaseProgram({}, 'exported.stock = new ManagedDatabase("stock", { version: "17", size: "nano" });') });
    const stacks = ["one", "two"];
    after(() => project.remove());

    before("two runs at once, in one directory", async () => {
        for (const stack of stacks) {
            project.environment(project.local({ defaults: { durability: "ephemeral" } }), stack);
        }
        await Promise.all(stacks.map((stack) => project.up({ stack })));
    });

    async function bindings(): Promise<Binding[]> {
        const outputs = await Promise.all(stacks.map((stack) => project.outputs<Outputs>(stack)));
        return outputs.flatMap(({ bindings: { orders, stock } }) => [orders, stock]);
    }

    it("have servers, ports and data of their own", async () => {
        const all = await bindings();
        assert.equal(new Set(all.map(({ port }) => port)).size, 4);
        for (const [index, binding] of all.entries()) {
            await writeMark(binding, `data ${index}`);
        }
        assert.deepEqual(await Promise.all(all.map(readMark)), ["data 0", "data 1", "data 2", "data 3"]);
    });

    it("have authorities of their own: one's certificates don't vouch for the other's servers", async () => {
        const [one, , two] = await bindings();
        assert.notEqual(one?.certificates, two?.certificates);
        const [own, foreign] = ["two", "one"].map((stack) => encodeURIComponent(serverDirectory(project, "orders", stack)));
        const crossed = (two as Binding).uri.replace(own as string, foreign as string);
        assert.notEqual(crossed, two?.uri);
        await assert.rejects(query({ ...(two as Binding), uri: crossed }, "SELECT 1"), /certificate|self-signed/);
    });

    it("don't let one's user into the other", async () => {
        const [one, , two] = (await bindings()) as [Binding, Binding, Binding];
        const intruder = two.uri.replace(encodeURIComponent(two.password), encodeURIComponent(one.password));
        await assert.rejects(query({ ...two, uri: intruder }, "SELECT 1"), { code: "28P01" });
    });

    it("change at once without disturbing each other", async () => {
        project.program(databaseProgram({ settings: { work_mem: "7MB" } }, 'exported.stock = new ManagedDatabase("stock", { version: "17", size: "nano" });'));
        await Promise.all(stacks.map((stack) => project.up({ stack })));
        const [one, , two] = (await bindings()) as [Binding, Binding, Binding];
        assert.deepEqual(await Promise.all([one, two].map((binding) => value(binding, "SHOW work_mem"))), ["7MB", "7MB"]);
    });

    it("outlive the end of another", async () => {
        const [, , orders, stock] = (await bindings()) as [Binding, Binding, Binding, Binding];
        await project.destroy({ stack: "one" });
        assert.deepEqual(await Promise.all([orders, stock].map(readMark)), ["data 2", "data 3"]);
        assertUnchanged(await project.up({ stack: "two" }));
        await project.destroy({ stack: "two" });
        assert.deepEqual(filesBelow(project.data), []);
        assert.deepEqual(project.processes(), []);
    });
});

describe("an environment of several places", () => {
    const project = new Project({ program: databaseProgram({}, 'exported.sessions = new ManagedCache("sessions", { size: "nano" });') });
    after(() => project.remove());

    it("puts each kind where it says", async () => {
        const places = { database: join(project.data, "databases"), cache: join(project.data, "caches") };
        project.environment({
            database: { local: { directory: places.database } },
            cache: { local: { directory: places.cache } },
            defaults: { durability: "ephemeral" },
        });
        await project.up();
        const { orders, sessions } = (await project.outputs<Outputs>()).bindings;
        assert.equal(await value(orders, "SELECT 1"), 1);
        assert.equal(await withCache(sessions, (client) => client.set("key", "value")), "OK");
        assert.ok(filesBelow(places.database).some((file) => /^shop\/dev\/orders-/.test(file)));
        assert.ok(filesBelow(places.cache).some((file) => /^shop\/dev\/sessions-/.test(file)));
    });

    it("is refused as a whole when one kind's place is wrong, and the others stay as they are", async () => {
        project.environment({ database: { local: { directory: join(project.data, "databases") } }, cache: { locla: {} } });
        for (const command of ["preview", "up"] as const) {
            assertIncludes((await project.fails(command)).output, "data-services:environment.cache.locla", 'did you mean "local"?');
        }
        project.environment({ database: { local: { directory: join(project.data, "databases") } }, defaults: { durability: "ephemeral" } });
        assertIncludes((await project.fails("up")).output, "data-services:environment.cache: is required: this program has a cache");
        assert.equal(await value((await project.outputs<Outputs>()).bindings.orders, "SELECT 1"), 1);
    });
});
