import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { assertNothingLost } from "../support/assertions";
import { type ExportedState, Project } from "../support/engine";

const recordings = join(__dirname, "..", "golden", "state");
const passphrase = "recorded";
/** Stands in the recordings for the directory of the servers, which are long gone. */
const place = "/recorded/data";

const program = `
import { exportBindings, ManagedCache, ManagedDatabase, ManagedQueue } from "pulumi-data-services";
const orders = new ManagedDatabase("orders", { version: "17", size: "micro", settings: { work_mem: "5MB" } });
const reports = orders.bind("reports", { access: "readonly" });
const given = orders.bind("given", { password: "a password", access: "owner" });
const events = new ManagedQueue("events");
const worker = events.bind("worker", { permissions: { configure: "", write: "", read: "^work$" } });
const sessions = new ManagedCache("sessions", { evictionPolicy: "noeviction" });
const carts = sessions.bind("carts", { keys: ["cart:*"], rotation: "1" });
export const bindings = exportBindings({ orders, reports, given, events, worker, sessions, carts });
`;

/**
 * States that earlier versions wrote. A recording is never rewritten: a change of the resources adds one, with
 * `UPDATE_GOLDEN=<name of the new version>`.
 *
 * 0.1.0.json was recorded in this way shortly before 0.1.0, when a rotation began to make a user of its own.
 */
describe("a state of an earlier version", () => {
    before("record today's", async function () {
        const name = process.env.UPDATE_GOLDEN;
        if (!name || name === "1") {
            return;
        }
        this.timeout(300_000);
        const file = join(recordings, `${name}.json`);
        assert.ok(!existsSync(file), `${file} is there: recordings stay as they are`);
        const project = new Project({ program, passphrase });
        try {
            project.environment(project.local({ defaults: { durability: "standard", size: "nano" } }));
            await project.up();
            mkdirSync(dirname(file), { recursive: true });
            writeFileSync(file, `${recordable(await project.exportState(), project.data)}\n`);
        } finally {
            await project.remove();
        }
    });

    const files = existsSync(recordings) ? readdirSync(recordings).filter((name) => name.endsWith(".json")) : [];

    it("is recorded", () => {
        assert.ok(readdirSync(recordings).length > 0);
    });

    for (const file of files) {
        it(`${file}: nothing is replaced or deleted`, async () => {
            const project = new Project({ program, passphrase });
            try {
                const local = { local: { directory: place } };
                project.environment({ database: local, queue: local, cache: local, defaults: { durability: "standard", size: "nano" } });
                await project.importState(JSON.parse(readFileSync(join(recordings, file), "utf8")) as ExportedState);
                const preview = await project.preview();
                assertNothingLost(preview);
                assert.deepEqual(
                    preview.steps.filter(({ op }) => op === "create").map(({ urn }) => urn),
                    [],
                );
                // The servers of the recording are gone, which the next up would say; everything else is as it was.
                const changed = preview.steps.filter(({ op }) => op !== "same").map(({ type }) => type);
                assert.deepEqual([...new Set(changed)], ["LocalServer"]);
            } finally {
                await project.remove();
            }
        });
    }
});

/** Without what tells of the machine and the moment of the recording. */
function recordable(state: ExportedState, directory: string): string {
    const dropped = new Set(["sourcePosition", "stackTrace", "created", "modified", "time"]);
    const text = JSON.stringify(state, (key, value) => (dropped.has(key) ? undefined : value), 1);
    return text.replaceAll(directory, place);
}
