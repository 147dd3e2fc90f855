import assert from "node:assert/strict";
import { assertNothingLost, assertUnchanged } from "../support/assertions";
import type { Binding } from "../support/clients";
import { Project } from "../support/engine";
import { postmaster, readMark, serverDirectory, writeMark } from "../support/local";
import { databaseProgram } from "../support/programs";

interface Outputs {
    readonly bindings: { readonly orders: Binding };
}

describe("transforms", () => {
    const project = new Project({
        program: `
import { ManagedDatabase } from "pulumi-data-services";
new ManagedDatabase("orders", { version: "17", size: "nano" }, {
    transforms: [({ type, props, opts }) => {
        if (type.endsWith(":LocalServer")) {
            return { props: { ...props, settings: { work_mem: "7MB" } }, opts: { ...opts, protect: true } };
        }
        return undefined;
    }],
});`,
    });
    after(() => project.remove());

    it("on the component reach its children", async () => {
        const { steps } = await project.preview();
        const server = steps.find(({ type }) => type === "LocalServer");
        assert.deepEqual(server?.new?.inputs.settings, { work_mem: "7MB" });
        assert.equal(server?.new?.protect, true);
    });
});

describe("a component that gets another name", () => {
    const project = new Project({ program: databaseProgram() });
    after(() => project.remove());

    it("keeps its server, data and passwords with an alias", async () => {
        await project.up();
        const before = (await project.outputs<Outputs>()).bindings.orders;
        await writeMark(before, "kept");
        const directory = serverDirectory(project);
        const pid = postmaster(directory);

        project.program(`
import { exportBindings, ManagedDatabase } from "pulumi-data-services";
const sales = new ManagedDatabase("sales", { version: "17", size: "nano", databaseName: "orders" }, { aliases: [{ name: "orders" }] });
export const bindings = exportBindings({ orders: sales });`);
        const { steps } = await project.up();
        const servers = steps.filter(({ type }) => type === "LocalServer");
        assert.deepEqual(
            servers.filter(({ op }) => op !== "same" && op !== "update"),
            [],
        );
        assert.equal(postmaster(directory), pid);
        const after = (await project.outputs<Outputs>()).bindings.orders;
        assert.equal(await readMark(after), "kept");
        assert.equal(after.port, before.port);
        assertUnchanged(await project.up());
        await project.destroy();
        assert.deepEqual(project.processes(), []);
    });
});

describe("a component that moves into another", () => {
    const inside = (aliases: string) => `
import * as pulumi from "@pulumi/pulumi";
import { exportBindings, ManagedDatabase } from "pulumi-data-services";
class Shop extends pulumi.ComponentResource {
    constructor() {
        super("test:index:Shop", "shop");
        this.orders = new ManagedDatabase("orders", { version: "17", size: "nano" }, { parent: this, ${aliases} });
    }
    orders: ManagedDatabase;
}
export const bindings = exportBindings({ orders: new Shop().orders });`;
    const project = new Project({ program: databaseProgram() });
    after(() => project.remove());

    it("is the same with an alias", async () => {
        await project.up();
        project.program(inside("aliases: [{ parent: pulumi.rootStackResource }]"));
        assertNothingLost(await project.preview());
        const { steps } = await project.up();
        assert.deepEqual(
            steps.filter(({ op }) => op !== "same").map(({ op, type }) => `${op} ${type}`),
            ["create Shop"],
        );
        await project.destroy();
    });
});

describe("a version that nobody names", () => {
    const project = new Project({ program: databaseProgram({ version: "16" }) });
    after(() => project.remove());

    it("stays what it was", async () => {
        await project.up();
        const before = (await project.outputs<Outputs>()).bindings.orders;
        project.program(databaseProgram({ version: undefined }));
        assertNothingLost(await project.up());
        const state = await project.exportState();
        const server = state.deployment.resources?.find(({ type }) => type.endsWith(":LocalServer"));
        assert.equal(server?.inputs?.version, "16");
        assert.match(String(server?.outputs?.actualVersion), /^16\./);
        assert.equal((await project.outputs<Outputs>()).bindings.orders.uri, before.uri);
    });
});
