import assert from "node:assert/strict";
import type { TestHost } from "../../tools/hosts";
import type { Binding } from "../support/clients";
import { type Finished, Project } from "../support/engine";
import { hostOrSkip, settingsOf } from "../support/hosts";

interface Outputs {
    readonly bindings: Readonly<Record<string, Binding>>;
}

const program = (rotation: string) => `
import { ManagedCache, ManagedDatabase, ManagedQueue, exportBindings } from "pulumi-data-services";
const services = { orders: new ManagedDatabase("orders"), events: new ManagedQueue("events"), sessions: new ManagedCache("sessions") };
const { given } = JSON.parse(require("node:fs").readFileSync("given.json", "utf8"));
const more = Object.fromEntries(
    Object.entries(services).flatMap(([name, service]) => [
        [name + "-given", service.bind("given", { password: given })],
        [name + "-rotated", service.bind("rotated", { rotation: "${rotation}" })],
    ]),
);
export const bindings = exportBindings({ ...services, ...more });
`;

describe("secrets of services on a host", function () {
    this.timeout(10 * 60_000);
    let host: TestHost;
    let project: Project;
    const given = `given-${Date.now()}-password`;
    let seen = "";
    const runs: Finished[] = [];
    let secrets: Map<string, string>;

    /** Runs a command with the most verbose logs, and looks at the host's process list and environments all the while. */
    async function observed(command: "up" | "refresh"): Promise<void> {
        const run = await project.start(command, { args: ["--logtostderr", "--logflow", "-v=9"] });
        while (!run.isOver()) {
            seen += (await host.process.run("cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr '\\0' ' '")).stdout;
            await new Promise((resolve) => setTimeout(resolve, 30));
        }
        const finished = await run.finished;
        assert.equal(finished.code, 0, finished.stdout.slice(-3000));
        runs.push(finished);
    }

    before(async function () {
        this.timeout(25 * 60_000); // makes the tree the first time
        host = await hostOrSkip(this, { slot: 24, release: "bookworm", fresh: true });
        const vm = { vm: settingsOf(host) };
        project = new Project({
            program: program("1"),
            environment: { database: vm, queue: vm, cache: vm, defaults: { durability: "ephemeral", size: "nano" } },
        });
        project.write("given.json", JSON.stringify({ given }));
        await observed("up");
        project.program(program("2"));
        await observed("up");
        await observed("refresh");
        const exported = JSON.parse((await project.pulumi(["stack", "export", "--show-secrets", "--stack", "dev"])).stdout);
        secrets = new Map([["given", given]]);
        for (const [name, { password }] of Object.entries((await project.outputs<Outputs>()).bindings)) secrets.set(name, password);
        for (const { urn, outputs } of exported.deployment.resources.filter(({ urn }: { urn: string }) => urn.includes("VmServer"))) {
            for (const key of ["adminPassword", "authorityKey", "certificateKey"]) {
                const { plaintext } = outputs[key];
                // A line of a PEM key, since its line breaks are written in several ways.
                secrets.set(`${urn.split("::").at(-1)} ${key}`, (JSON.parse(plaintext) as string).split("\n").at(/KEY/.test(plaintext) ? 1 : 0) as string);
            }
        }
        assert.ok(secrets.size >= 19, [...secrets.keys()].join());
    });

    after(async () => {
        await project?.remove();
        await host?.process.stop(true);
    });

    function assertNone(what: string, text: string): void {
        const found = [...secrets].filter(([, secret]) => text.includes(secret) || text.includes(Buffer.from(secret).toString("base64").replace(/=+$/, "")));
        assert.deepEqual(
            found.map(([name]) => name),
            [],
            what,
        );
    }

    it("are found where they are, so that the search is worth something", async () => {
        const found = await host.process.must("cat /etc/postgresql/15/*/server.key");
        assert.throws(() => assertNone("the key file", found));
    });

    it("are in no process list and no environment of the host", () => {
        assert.match(seen, /python3 -I -/, "the agent was seen");
        assertNone("processes", seen);
    });

    it("are not in the host's logs and journals", async () => {
        assertNone("journal", await host.process.must("journalctl --no-pager --output json-pretty"));
        assertNone("logs", await host.process.must("find /var/log -type f ! -path '*/journal/*' -exec cat {} +"));
    });

    it("are in no shell history and no temporary file", async () => {
        assertNone(
            "files",
            await host.process.must("find /home /root /tmp /var/tmp /run -xdev -type f ! -path '/run/systemd/*' -exec cat {} + 2>/dev/null || true"),
        );
    });

    it("stand on the host as hashes only, and keys in files of their owner", async () => {
        const keys = await host.process.must("find / -xdev -name server.key -exec stat -c '%a %U' {} +");
        assert.deepEqual(keys.trim().split("\n").sort(), ["600 postgres", "600 rabbitmq", "600 redis"]);
        const passwords = [...secrets].filter(([name]) => !/Key/.test(name));
        for (const [name, password] of passwords) {
            const found = await host.process.run(`grep -rslF '${password}' /etc /var /home /root /srv /opt`);
            assert.equal(found.stdout, "", name);
        }
    });

    it("are not in the state and not in what the commands print", async () => {
        assertNone("state", (await project.pulumi(["stack", "export", "--stack", "dev"])).stdout);
        for (const { stdout } of runs) assertNone("stdout", stdout);
        // The most verbose logs repeat Pulumi's own trace of every value on the wire.
        for (const { events } of runs) assertNone("events", JSON.stringify(events.filter(({ diagnosticEvent }) => diagnosticEvent?.severity !== "debug")));
    });
});
