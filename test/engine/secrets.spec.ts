import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { awkwardPassword } from "../contract/common";
import type { Binding } from "../support/clients";
import { checkout, type Finished, Project } from "../support/engine";
import type { EngineEvent } from "../support/events";
import { serverDirectory } from "../support/local";
import { allCommandLines, environmentOf } from "../support/processes";
import { databaseProgram } from "../support/programs";

const givenPassword = `given-${Date.now()}-${awkwardPassword}`;

/** Every password comes through a file: a program that holds it as text is itself such a file. */
const program = databaseProgram(
    {},
    `
const { given } = JSON.parse(require("node:fs").readFileSync("given.json", "utf8"));
exported.given = orders.bind("given", { password: given });
exported.reports = orders.bind("reports", { access: "readonly", rotation: "1" });
`,
);

describe("secrets in plain text", () => {
    const project = new Project({ program });
    after(() => project.remove());
    const commandLines: string[] = [];
    const runs: Finished[] = [];
    let secrets: Map<string, string>;

    /** Runs a command with the most verbose logs, and looks at the process list all the while. */
    async function observed(command: "up" | "refresh" | "destroy", args: readonly string[] = ["--logtostderr", "--logflow", "-v=9"]): Promise<Finished> {
        const run = await project.start(command, { args });
        while (!run.isOver()) {
            commandLines.push(allCommandLines());
            await new Promise((resolve) => setTimeout(resolve, 25));
        }
        const finished = await run.finished;
        assert.equal(finished.code, 0, finished.output.slice(-3000));
        runs.push(finished);
        return finished;
    }

    before(async () => {
        project.write("given.json", JSON.stringify({ given: givenPassword }));
        await observed("up", []);
        await observed("up");
        project.program(program.replace('rotation: "1"', 'rotation: "2"'));
        await observed("up");
        await observed("refresh");
        secrets = await allSecrets(project);
        assert.ok(secrets.size >= 8, [...secrets.keys()].join());
    });

    function assertNone(what: string, text: string): void {
        assert.deepEqual(found(secrets, text), [], what);
    }

    it("are found where they are, so that the search is worth something", async () => {
        const { stdout } = await project.pulumi(["stack", "output", "--json", "--show-secrets", "--stack", "dev"]);
        assert.ok(found(secrets, stdout).length >= 3);
    });

    it("are not in what the commands print", () => {
        for (const { stdout } of runs) {
            assertNone("stdout", stdout);
        }
        assertNone("stderr", runs[0]?.stderr ?? "");
    });

    it("are not in the most verbose logs, but for Pulumi's own trace of every value on the wire", () => {
        for (const { stderr } of runs.slice(1)) {
            assert.ok(stderr.length > 100_000);
            assertNone(
                "logs",
                stderr
                    .split("\n")
                    .filter((line) => !isTrace(line))
                    .join("\n"),
            );
        }
    });

    it("are not in the engine's events", () => {
        for (const { events } of runs) {
            assertNone("events", visible(events));
        }
    });

    it("are not in the state, its history and its backups", async () => {
        assertNone("export", JSON.stringify(await project.exportState()));
        for (const [file, text] of textsBelow(join(project.directory, "state"))) {
            assertNone(file, text);
        }
    });

    it("are not in the outputs that are shown by default", async () => {
        assertNone("outputs", (await project.pulumi(["stack", "output", "--json", "--stack", "dev"])).stdout);
    });

    it("are not in any process list while a command runs", () => {
        assert.ok(commandLines.length > 50);
        assertNone("ps", commandLines.join("\n"));
    });

    it("are not in the environment of the servers that stay", () => {
        const servers = project.processes();
        assert.ok(servers.length > 0);
        for (const { pid, command } of servers) {
            assertNone(command, environmentOf(pid));
        }
    });

    it("are not in the logs and the configuration of the server, nor in files that others may read", () => {
        const directory = serverDirectory(project);
        for (const [file, text] of textsBelow(directory)) {
            const others = (statSync(file).mode & 0o077) !== 0;
            if (others || /\/log\/|\.conf$/.test(file)) {
                assertNone(file, text);
            }
        }
    });

    it("are not in the checkout", () => {
        const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], { cwd: checkout, encoding: "utf8" });
        for (const file of files.split("\n").filter((name) => name !== "")) {
            assertNone(file, read(join(checkout, file)));
        }
    });

    it("are not in the messages of what fails", async () => {
        project.write("given.json", JSON.stringify({ given: `${givenPassword}\n` }));
        const finished = await project.fails("up");
        assertNone("validation", finished.output + visible(finished.events));
    });
});

/**
 * At `-v=9` Pulumi writes down the properties of every resource of every program, secrets too, which it says where it offers the option.
 * What a provider or a program adds to the log has other words.
 */
function isTrace(line: string): boolean {
    return /"msg":"(Marshaling property|Unmarshaling property|RegisterResource RPC finished|Planner decided|eventSink::Debug\(<\{%reset%\}>RegisterResource RPC finished)/.test(
        line,
    );
}

/** Events but those of the same trace, which the engine marks as such and doesn't show. */
function visible(events: readonly EngineEvent[]): string {
    return JSON.stringify(events.filter(({ diagnosticEvent }) => diagnosticEvent?.severity !== "debug"));
}

/** What must not be seen, by a name for it. */
async function allSecrets(project: Project): Promise<Map<string, string>> {
    const { bindings } = await project.outputs<{ bindings: Record<string, Binding> }>();
    const directory = serverDirectory(project);
    const secrets = new Map([["passphrase", project.passphrase]]);
    for (const [name, { password, uri }] of Object.entries(bindings)) {
        secrets.set(`password of ${name}`, password);
        secrets.set(`password of ${name} in a URI`, new URL(uri).password);
        secrets.set(`password of ${name} in JSON`, JSON.stringify(password).slice(1, -1));
        secrets.set(`password of ${name} in base64`, Buffer.from(password).toString("base64").replace(/=+$/, ""));
    }
    secrets.set("password of the administrator", JSON.parse(readFileSync(join(directory, "admin.json"), "utf8")).password);
    for (const file of [join(directory, "tls", "server.key"), join(directory, "..", "authority", "ca.key")]) {
        secrets.set(file, readFileSync(file, "utf8").split("\n")[1] as string);
    }
    return secrets;
}

function found(secrets: ReadonlyMap<string, string>, text: string): string[] {
    return [...secrets].filter(([, secret]) => text.includes(secret)).map(([name]) => name);
}

function textsBelow(directory: string): [file: string, text: string][] {
    return readdirSync(directory, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .map((file) => [file, read(file)]);
}

/** Binary files too, byte by byte; nothing of a file that went away meanwhile. */
function read(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return "";
    }
}
