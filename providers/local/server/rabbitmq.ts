import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isHashOf, ManagementApi, userDefinition } from "../../protocols/rabbitmq";
import { handOver } from "./account";
import { containerLog, containerRuns, imageOf, isContainer, startContainer, stopContainer } from "./container";
import type { Engine } from "./engine";
import { type Home, writeAtomically, writeIfChanged } from "./home";
import type { UserInputs } from "./inputs";
import { freePort } from "./ports";
import { startDetached, tail, terminate } from "./processes";
import { expectRestart, isRestartExpected, literally, noteStart, processesLike, waitForServer } from "./programs";
import {
    checkConfiguration,
    configuration,
    configurationFile,
    definitionsFile,
    enabledPlugins,
    format,
    hostEnvironment,
    nodeEnvironment,
} from "./rabbitmq-configuration";
import { withoutEpmd } from "./rabbitmq-epmd";
import { installRabbitmq, plannedRabbitmq } from "./rabbitmq-programs";

const startSeconds = 180;

/** RabbitMQ: a node that is alone, with AMQP and the management API over TLS. */
export const rabbitmq: Engine = {
    install: installRabbitmq,
    plannedVersion: plannedRabbitmq,

    async initialise(home) {
        await mkdir(home.path("data"), { recursive: true, mode: 0o700 });
        await handOver(home.path("data"));
        const cookie = home.path("data", ".erlang.cookie");
        if (!existsSync(cookie)) {
            await writeAtomically(cookie, randomBytes(24).toString("hex"), 0o400);
        }
    },

    async configure(home, inputs) {
        const record = await home.record();
        const text = format(configuration(home, inputs, record));
        const present = existsSync(configurationFile(home)) ? await readFile(configurationFile(home), "utf8") : undefined;
        if (await writeDefinitions(home)) {
            await expectRestart(home);
        }
        await writeIfChanged(home.path("enabled_plugins"), enabledPlugins, 0o600);
        if (text !== present) {
            // The check takes a few seconds of Erlang; what this backend writes by itself needs none.
            if (Object.keys(inputs.settings).length > 0) {
                await checkConfiguration(text, record.installation);
            }
            await expectRestart(home);
        }
        await writeIfChanged(configurationFile(home), text, 0o600);
        return isRestartExpected(home) ? "restart" : "none";
    },

    async start(home) {
        if (await this.isRunning(home)) {
            return;
        }
        // A node of ours that doesn't answer would share its files with the new one.
        await this.stop(home);
        await discardUnfinishedDatabase(home);
        const { installation, port, managementPort } = await home.record();
        const log = home.path("log", "rabbitmq.log");
        await noteStart(home);
        if (isContainer(installation)) {
            const ports = [port, managementPort as number];
            await startContainer({ image: imageOf(installation), home, ports, env: nodeEnvironment(home.directory), command: ["rabbitmq-server"] });
        } else {
            await rename(log, `${log}.1`).catch(() => undefined);
            const env = { ...hostEnvironment(home.directory), ...(await withoutEpmd(home, await freePort())) };
            await startDetached(join(installation.location, "rabbitmq-server"), [homeFlag, home.directory], { env, logFile: log });
        }
        const answers = await waitForServer(
            () => this.isRunning(home),
            () => isAlive(home),
            startSeconds,
        );
        if (!answers) {
            const [where, said] = isContainer(installation) ? ["its container's log", await containerLog(home)] : [log, await lastErrors(log)];
            await this.stop(home);
            throw new Error(`RabbitMQ did not start. Correct what it complains about, and run again. The end of ${where}:\n${said}`);
        }
    },

    /** Erlang keeps certificates that it has read for a while, and can only be told otherwise through a shell of its own: the node starts anew. */
    async reload(home) {
        await this.stop(home);
        await this.start(home);
    },

    async stop(home) {
        const { installation } = await home.record();
        if (isContainer(installation)) {
            await stopContainer(home);
            return;
        }
        for (const pid of await nodeProcesses(home)) {
            await terminate(pid, 60);
        }
    },

    async isRunning(home) {
        try {
            const { port } = await home.record();
            const { ports } = await (await managementApi(home)).overview();
            // The management API is up a moment before AMQP is.
            return ports.includes(port);
        } catch {
            return false;
        }
    },

    async prepare(home, inputs) {
        await keepDatabase(home);
        await (await managementApi(home)).ensureVhost(inputs.path ?? "/");
    },

    async ensureUser(home, user, password) {
        const { username } = await home.administrator();
        if (user.username === username) {
            throw new Error(`The username "${username}" is the administrator's. Choose another username.`);
        }
        await keepDatabase(home);
        await (await managementApi(home)).ensureUser({ ...user, vhost: user.path ?? "/" }, password);
    },

    async dropUser(home, user) {
        await (await managementApi(home)).dropUser(user.username);
    },

    async canLogIn(home, user: UserInputs, password) {
        return (await managementApi(home)).canLogIn(user.username, password);
    },
};

/** On the command line of a home's node, to find it again: Erlang keeps flags that it doesn't know. */
const homeFlag = "-data_services_home";

/** The end of what a log says of errors: the node's orderly stop comes after them, in many lines. */
async function lastErrors(log: string): Promise<string> {
    const lines = (await readFile(log, "utf8").catch(() => "")).split("\n").filter((line) => line.includes("[error]") && !line.endsWith("> "));
    return lines.length > 0 ? lines.slice(-20).join("\n") : tail(log, 30);
}

/** The administrator, as a file that the node reads whenever it starts. Written anew only for another password, since a hash is salted. */
async function writeDefinitions(home: Home): Promise<boolean> {
    const { username, password } = await home.administrator();
    const file = definitionsFile(home);
    if (existsSync(file)) {
        const [user] = JSON.parse(await readFile(file, "utf8")).users;
        if (user.name === username && isHashOf(user.password_hash, password)) {
            return false;
        }
    }
    const definitions = { users: [{ name: username, ...userDefinition(password, "administrator") }] };
    await writeAtomically(file, `${JSON.stringify(definitions)}\n`, 0o600);
    return true;
}

function inUseMarker(home: Home): string {
    return home.path("data", "in-use");
}

/** Before the first vhost and user there are no data; from here on the database is kept. */
async function keepDatabase(home: Home): Promise<void> {
    await writeIfChanged(inUseMarker(home), "", 0o600);
}

/** A node that was killed in its very first start can leave a database that is half made and that it never repairs. */
async function discardUnfinishedDatabase(home: Home): Promise<void> {
    if (!existsSync(inUseMarker(home))) {
        await rm(home.path("data", "mnesia"), { recursive: true, force: true });
    }
}

/** The node, or one of the scripts that become it; Erlang's helper processes end with it. */
function nodeProcesses(home: Home): Promise<number[]> {
    return processesLike(new RegExp(`(rabbitmq-server|erl|erlexec|beam\\S*) .*${homeFlag} ${literally(home.directory)}(\\s|$)`));
}

async function isAlive(home: Home): Promise<boolean> {
    const { installation } = await home.record();
    return isContainer(installation) ? containerRuns(home) : (await nodeProcesses(home)).length > 0;
}

async function managementApi(home: Home): Promise<ManagementApi> {
    const { managementPort } = await home.record();
    const certificates = await readFile(home.path("tls", "ca.crt"), "utf8");
    return new ManagementApi({
        ...{ host: "127.0.0.1", servername: "localhost", port: managementPort as number, certificates },
        ...(await home.administrator()),
    });
}
