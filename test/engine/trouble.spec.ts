import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assertIncludes, assertNothingLost, assertUnchanged } from "../support/assertions";
import { type Binding, value } from "../support/clients";
import { type ExportedState, Project } from "../support/engine";
import { filesBelow, postmaster, readMark, serverDirectory, writeMark } from "../support/local";
import { canMount, fill, type Mount, mountMemory } from "../support/mounts";
import { occupyPort } from "../support/ports";
import { databaseProgram } from "../support/programs";

interface Outputs {
    readonly bindings: { readonly orders: Binding };
}

async function bindingOf(project: Project): Promise<Binding> {
    return (await project.outputs<Outputs>()).bindings.orders;
}

/** A failed create leaves nothing: no process, and no file but what a later run can use. */
function assertNothingHalfMade(project: Project): void {
    assert.deepEqual(project.processes(), []);
    assert.deepEqual(
        filesBelow(project.data).filter((file) => /orders-/.test(file)),
        [],
    );
}

describe("a taken port", () => {
    const project = new Project({ program: databaseProgram() });
    after(async () => {
        await release();
        await project.remove();
    });
    let release: () => Promise<void>;
    let port: number;

    before(async () => {
        ({ port, release } = await occupyPort());
    });

    it("is a clear error, and leaves nothing half made", async () => {
        project.environment({ database: { local: { directory: project.data, ports: { orders: port } } }, defaults: { durability: "ephemeral" } });
        const { output } = await project.fails("up");
        assertIncludes(output, `The port ${port} of the postgresql server of "orders" (shop/dev) is taken by another program`, 'ports: { "orders": <port> }');
        assertNothingHalfMade(project);
    });

    it("is healed once the port is free", async () => {
        await release();
        await project.up();
        const binding = await bindingOf(project);
        assert.equal(binding.port, port);
        await writeMark(binding, "kept");
    });

    it("can be left for another one, in place", async () => {
        const { port: other, release: free } = await occupyPort();
        await free();
        project.environment({ database: { local: { directory: project.data, ports: { orders: other } } }, defaults: { durability: "ephemeral" } });
        assertNothingLost(await project.up());
        const binding = await bindingOf(project);
        assert.equal(binding.port, other);
        assert.equal(await readMark(binding), "kept");
        assertUnchanged(await project.up());
    });

    it("of a living service doesn't end the service", async () => {
        const { port: taken, release: free } = await occupyPort();
        try {
            project.environment({ database: { local: { directory: project.data, ports: { orders: taken } } }, defaults: { durability: "ephemeral" } });
            assertIncludes((await project.fails("up")).output, `The port ${taken}`, "is taken");
            assert.equal(await readMark(await bindingOf(project)), "kept");
        } finally {
            await free();
        }
    });
});

describe("a wrong setting", () => {
    const project = new Project({ program: databaseProgram({ settings: { shared_buffers: "lots" } }) });
    after(() => project.remove());

    it("of a new server is refused with the server's own words, and leaves nothing half made", async () => {
        const { output } = await project.fails("up");
        assertIncludes(output, "PostgreSQL refuses the settings, so they were not applied", 'invalid value for parameter "shared_buffers": "lots"');
        assertNothingHalfMade(project);
    });

    it("corrected, makes the server", async () => {
        project.program(databaseProgram({ settings: { work_mem: "5MB" } }));
        await project.up();
        const binding = await bindingOf(project);
        assert.equal(await value(binding, "SHOW work_mem"), "5MB");
        await writeMark(binding, "kept");
    });

    for (const [settings, words] of [
        [{ shared_buffers: "lots" }, 'invalid value for parameter "shared_buffers": "lots"'],
        [{ wrok_mem: "5MB" }, 'unrecognized configuration parameter "wrok_mem"'],
        [{ work_mem: "5MB'\nport = '1" }, "PostgreSQL refuses the settings, so they were not applied"],
        [{ "work_mem = 64\nfsync": "off" }, "is none of PostgreSQL's"],
    ] as const) {
        it(`of a living server is refused, and the old configuration keeps running: ${JSON.stringify(settings)}`, async () => {
            const directory = serverDirectory(project);
            const [pid, before] = [postmaster(directory), readFileSync(join(directory, "data", "postgresql.conf"), "utf8")];
            project.program(databaseProgram({ settings }));
            assertIncludes((await project.fails("up")).output, words);
            assert.equal(postmaster(directory), pid);
            assert.equal(readFileSync(join(directory, "data", "postgresql.conf"), "utf8"), before);
            const binding = await bindingOf(project);
            assert.equal(await readMark(binding), "kept");
            assert.equal(await value(binding, "SHOW work_mem"), "5MB");
        });
    }

    it("can't turn off what keeps the server private", async () => {
        const binding = await bindingOf(project);
        for (const [name, text] of Object.entries({ ssl: "off", listen_addresses: "*", Password_Encryption: "md5", hba_file: "/tmp/hba.conf", port: "1" })) {
            project.program(databaseProgram({ settings: { work_mem: "6MB", [name]: text } }));
            assertIncludes((await project.fails("up")).output, `The settings "${name}" can't be changed`, "Remove them from settings");
            assert.equal(await value(binding, "SHOW work_mem"), "5MB");
        }
        assert.equal(await value(binding, "SHOW ssl"), "on");
    });

    it("corrected, applies", async () => {
        project.program(databaseProgram({ settings: { work_mem: "8MB" } }));
        await project.up();
        const binding = await bindingOf(project);
        assert.equal(await value(binding, "SHOW work_mem"), "8MB");
        assert.equal(await readMark(binding), "kept");
    });
});

describe("a directory", () => {
    const project = new Project({ program: databaseProgram() });
    after(() => project.remove());

    const setDirectory = (directory: string) => project.environment({ database: { local: { directory } }, defaults: { durability: "ephemeral" } });

    it("that can't be made is a clear error", async () => {
        project.write("file", "");
        const directory = join(project.directory, "file", "data");
        setDirectory(directory);
        assertIncludes((await project.fails("up")).output, "can't be made", "Set environment...local.directory to a place that you may write to");
        assert.deepEqual(project.processes(), []);
    });

    it("of somebody else's is left alone, with all that is in it", async () => {
        setDirectory(project.data);
        const state = await project.exportState();
        const foreign = join(project.data, "shop", "dev", `orders-${instanceIdIn(state)}`);
        mkdirSync(foreign, { recursive: true });
        writeFileSync(join(foreign, "thesis.txt"), "ten years of work");
        assertIncludes((await project.fails("up")).output, foreign, "holds files that this package did not make", "they were left alone");
        assert.deepEqual(filesBelow(foreign), ["thesis.txt"]);
        assert.equal(readFileSync(join(foreign, "thesis.txt"), "utf8"), "ten years of work");
    });

    it("of another service is left alone", async () => {
        const other = join(project.data, "other");
        const foreign = join(other, "shop", "dev", `orders-${instanceIdIn(await project.exportState())}`);
        mkdirSync(foreign, { recursive: true });
        const record = JSON.stringify({ engine: "postgresql", project: "shop", stack: "prod", service: "orders", instanceId: "x", port: 1, installation: {} });
        writeFileSync(join(foreign, "server.json"), record);
        setDirectory(other);
        assertIncludes((await project.fails("up")).output, foreign, 'belongs to the service "orders" of shop/prod; it was left alone');
        assert.deepEqual(filesBelow(foreign), ["server.json"]);
        assert.equal(readFileSync(join(foreign, "server.json"), "utf8"), record);
    });

    it("that holds other files keeps them through destroy", async () => {
        const mixed = join(project.directory, "mixed");
        mkdirSync(join(mixed, "shop", "photos"), { recursive: true, mode: 0o755 });
        writeFileSync(join(mixed, "notes.txt"), "mine");
        writeFileSync(join(mixed, "shop", "photos", "cat.jpg"), "meow");
        setDirectory(mixed);
        await project.up();
        await project.destroy();
        assert.deepEqual(filesBelow(mixed), ["notes.txt", "shop", "shop/photos", "shop/photos/cat.jpg"]);
    });
});

describe("a disk", () => {
    const reason = canMount();
    if (reason !== undefined) {
        it.skip(`that is full or read-only: ${reason}`, () => undefined);
        return;
    }
    const project = new Project({ program: databaseProgram() });
    const mounts: Mount[] = [];
    after(async () => {
        await project.remove();
        for (const mount of mounts) {
            mount.release();
        }
    });

    /** A file system of its own as the local directory. */
    function useMount(name: string, megabytes: number, options?: string): Mount {
        const mount = mountMemory(name, megabytes, options);
        mounts.push(mount);
        project.environment({ database: { local: { directory: mount.directory } }, defaults: { durability: "ephemeral" } });
        return mount;
    }

    it("that is read-only is a clear error", async () => {
        useMount("readonly", 400, "ro");
        assertIncludes((await project.fails("up")).output, "can't be made", "read-only file system");
    });

    it("that is too small is a clear error, and leaves nothing half made", async () => {
        const mount = useMount("small", 100);
        assertIncludes((await project.fails("up")).output, `${mount.directory} has`, "MiB free", "needs at least 256 MiB to start", "Free some space");
        assert.deepEqual(filesBelow(mount.directory), []);
        assert.deepEqual(project.processes(), []);
    });

    it("that fills up later costs no data, and all is well once there is space", async () => {
        const mount = useMount("large", 512);
        await project.up();
        const binding = await bindingOf(project);
        await writeMark(binding, "kept");
        const free = fill(mount.directory);
        project.program(databaseProgram({ settings: { work_mem: "9MB" } }));
        assertIncludes((await project.fails("up")).output, "MiB free");
        assert.equal(await readMark(binding), "kept");
        free();
        assertNothingLost(await project.up());
        assert.equal(await readMark(binding), "kept");
        assert.equal(await value(binding, "SHOW work_mem"), "9MB");
        await project.destroy();
    });
});

function instanceIdIn(state: ExportedState): string {
    return String(state.deployment.resources?.find(({ type }) => type.endsWith(":Identity"))?.outputs?.instanceId);
}
