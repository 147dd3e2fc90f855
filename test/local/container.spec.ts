import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { containerRuns, imageOf, installImage, isContainer, startContainer, stopContainer } from "../../providers/local/server/container";
import { Home } from "../../providers/local/server/home";
import type { ServerInputs } from "../../providers/local/server/inputs";
import { rabbitmq } from "../../providers/local/server/rabbitmq";
import { valkey } from "../../providers/local/server/valkey";

/** Says what Docker would, and writes down what it was asked. */
const standIn = `#!/bin/sh
echo "$*" >> "$(dirname "$0")/calls"
case "$*" in
    info) exit $(cat "$(dirname "$0")/info-code") ;;
    "image inspect --format"*) echo '["PATH=/usr/bin","VALKEY_VERSION=99.1.2","RABBITMQ_VERSION=99.0.1"]' ;;
    "image inspect"*) exit 1 ;;
    "container inspect --format"*) echo true ;;
    *" -") cat > "$(dirname "$0")/configuration"; echo ">>> 'pulumi-data-services-end-of-check yes'"; exit 1 ;;
esac
`;

/** The commands for Docker. No container runs here: a stand-in takes the place of the program. */
describe("servers in containers", () => {
    const directory = mkdtempSync(join(tmpdir(), "container-spec-"));
    const path = process.env.PATH;
    const inputs: ServerInputs = {
        ...{ engine: "valkey", project: "shop", stack: "test", service: "sessions", instanceId: "a1b2c3", root: directory },
        ...{ durability: "standard", cpu: 1, memoryGb: 1, settings: {} },
    };
    const home = Home.of(inputs);

    before(() => {
        writeFileSync(join(directory, "docker"), standIn);
        chmodSync(join(directory, "docker"), 0o755);
        process.env.PATH = `${directory}${delimiter}${path}`;
    });

    beforeEach(() => {
        writeFileSync(join(directory, "calls"), "");
        writeFileSync(join(directory, "info-code"), "0");
    });

    after(() => {
        process.env.PATH = path;
        rmSync(directory, { recursive: true, force: true });
    });

    const calls = () => readFileSync(join(directory, "calls"), "utf8").trim().split("\n");

    it("fetches the official image of a version that the machine lacks", async () => {
        assert.deepEqual(await valkey.install("99"), { version: "99.1.2", location: "docker:valkey/valkey:99" });
        assert.deepEqual(await rabbitmq.install("99"), { version: "99.0.1", location: "docker:rabbitmq:99-management" });
        assert.ok(calls().includes("pull --quiet valkey/valkey:99"));
        assert.ok(calls().includes("pull --quiet rabbitmq:99-management"));
        assert.equal(await valkey.plannedVersion("99"), undefined);
    });

    it("says what to install when Docker doesn't answer", async () => {
        writeFileSync(join(directory, "info-code"), "1");
        assert.equal(await installImage("valkey/valkey:99", "VALKEY_VERSION"), undefined);
        await assert.rejects(valkey.install("99"), /no Valkey 99 and no Docker.*apt-get install.*brew install valkey; or Docker/s);
        await assert.rejects(rabbitmq.install("99"), /no RabbitMQ 99 and no Docker.*apt-get install.*brew install rabbitmq; or Docker/s);
    });

    it("publishes on the loopback interface, as the owner of the data, with no secret in the arguments", async () => {
        const installation = await valkey.install("99");
        assert.ok(isContainer(installation));
        await startContainer({ image: imageOf(installation), home, ports: [6400], env: { A: "b" }, command: ["valkey-server", home.path("valkey.conf")] });
        const command = calls().find((call) => call.startsWith("run ")) ?? "";
        for (const part of [
            "--publish 127.0.0.1:6400:6400",
            "--restart no",
            "--cap-drop ALL",
            "--env A=b",
            `--mount type=bind,source=${home.directory},target=${home.directory}`,
            `valkey/valkey:99 valkey-server ${home.path("valkey.conf")}`,
        ]) {
            assert.ok(command.includes(part), part);
        }
        assert.match(command, /--user [1-9]\d*:\d+/);
        assert.equal(await containerRuns(home), true);
        await stopContainer(home);
        assert.match(calls().at(-1) ?? "", /^rm --force pulumi-data-services-[0-9a-f]{16}$/);
    });

    it("lets a container check the configuration, which listens inside it on every address", async () => {
        const { engine, project, stack, service, instanceId } = inputs;
        await home.claim(inputs);
        await home.writeRecord({ engine, project, stack, service, instanceId, port: 6400, installation: await valkey.install("99") });
        assert.equal(await valkey.configure(home, inputs), "restart");
        assert.match(readFileSync(join(directory, "configuration"), "utf8"), /^dir "\/tmp"$/m);
        assert.match(readFileSync(home.path("valkey.conf"), "utf8"), /^bind \* -::\*$/m);
    });
});
