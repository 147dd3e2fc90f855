import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { isHashOf, ManagementApi, userDefinition } from "../../protocols/rabbitmq";
import { handOver } from "./account";
import { containerLog, containerRuns, imageOf, isContainer, startContainer, stopContainer } from "./container";
import type { Engine, Installation, ServerInputs, UserInputs } from "./engine";
import { type Home, type ServerRecord, writeAtomically, writeIfChanged } from "./home";
import { freePort } from "./ports";
import { run, startDetached, tail, terminate, waitUntil } from "./processes";
import { expectRestart, isRestartExpected, literally, noteStart, processesLike, serverEnvironment } from "./programs";
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
        let running = false;
        await waitUntil(async () => {
            running = await this.isRunning(home);
            return running || !(await isAlive(home));
        }, startSeconds);
        if (!running) {
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
            const { ports } = await (await managementApi(home, 900)).overview();
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

const enabledPlugins = "[rabbitmq_management].\n";

function configurationFile(home: Home): string {
    return home.path("rabbitmq.conf");
}

/** What the size and the settings imply, and then this backend's own. */
function configuration(home: Home, { memoryGb, settings }: ServerInputs, { port, managementPort, installation }: ServerRecord): Record<string, string> {
    const defaults: Record<string, string> = {
        // Publishers are stopped at four fifths: Erlang needs some more when it collects garbage. Below 256 MiB a node stops them at rest.
        "vm_memory_high_watermark.absolute": String(Math.max(256 * 2 ** 20, Math.floor(memoryGb * 0.8 * 2 ** 30))),
        "disk_free_limit.absolute": "200MB",
    };
    const tls = (prefix: string) => ({
        [`${prefix}.cacertfile`]: home.path("tls", "ca.crt"),
        [`${prefix}.certfile`]: home.path("tls", "server.crt"),
        [`${prefix}.keyfile`]: home.path("tls", "server.key"),
        [`${prefix}.versions.1`]: "tlsv1.3",
        [`${prefix}.versions.2`]: "tlsv1.2",
    });
    const own: Record<string, string> = {
        "listeners.tcp": "none",
        ...listeners(port, installation),
        ...tls("ssl_options"),
        "ssl_options.verify": "verify_none",
        "ssl_options.fail_if_no_peer_cert": "false",
        "management.ssl.port": String(managementPort),
        ...(isContainer(installation) ? {} : { "management.ssl.ip": "127.0.0.1" }),
        ...tls("management.ssl"),
        // With definitions to load, RabbitMQ makes no user "guest".
        load_definitions: definitionsFile(home),
    };
    const checked = checkSettings(settings);
    // "relative" and "absolute" are two names of one setting.
    const kept = Object.entries(defaults).filter(([name]) => !Object.keys(checked).some((other) => other.startsWith(`${name.split(".")[0]}.`)));
    return { ...Object.fromEntries(kept), ...checked, ...own };
}

/** Both loopback addresses, since "localhost" can be either; in a container every address, which Docker publishes on 127.0.0.1. */
function listeners(port: number, installation: Installation): Record<string, string> {
    if (isContainer(installation)) {
        return { "listeners.ssl.default": String(port) };
    }
    const addresses = Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
    return { "listeners.ssl.1": `127.0.0.1:${port}`, ...(addresses.includes("::1") ? { "listeners.ssl.2": `::1:${port}` } : {}) };
}

/** @throws Error for a setting that can't be written, or that this backend decides on */
function checkSettings(settings: ServerInputs["settings"]): ServerInputs["settings"] {
    const reserved =
        /^(listeners|ssl_options|load_definitions|definitions|default_(user|pass)|loopback_users|anonymous_login_\w+|management\.(tcp|ssl|listener|load_definitions))(\.|$)/;
    for (const [name, value] of Object.entries(settings)) {
        if (!/^[a-z][\w.$-]*$/i.test(name) || /[\r\n]/.test(value)) {
            throw new Error(
                `The setting ${JSON.stringify(name)}: ${JSON.stringify(value)} is none of RabbitMQ's: a name is like "heartbeat" or "log.console.level", a value is one line.`,
            );
        }
        if (reserved.test(name)) {
            throw new Error(
                `The setting "${name}" can't be changed: the local backend sets it, to keep the server private and encrypted. Remove it from settings.`,
            );
        }
    }
    return settings;
}

function format(settings: Readonly<Record<string, string>>): string {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
    return `# Written by pulumi-data-services; changes are overwritten. Use the settings of ManagedQueue.\n${lines.join("\n")}\n`;
}

/**
 * Lets a node read a configuration. It then fails, before it opens any data: it may not join Erlang's other nodes, there being no epmd.
 *
 * @throws Error with RabbitMQ's own words
 */
async function checkConfiguration(text: string, installation: Installation): Promise<void> {
    if (isContainer(installation)) {
        return;
    }
    const directory = await mkdtemp(join(tmpdir(), "rabbitmq-check-"));
    try {
        await handOver(directory);
        await writeAtomically(join(directory, "rabbitmq.conf"), text, 0o600);
        await writeAtomically(join(directory, "enabled_plugins"), enabledPlugins, 0o600);
        const env = { ...hostEnvironment(directory), HOME: directory, RABBITMQ_DIST_PORT: "0", ERL_ZFLAGS: "-start_epmd false" };
        const { stdout, stderr } = await run(join(installation.location, "rabbitmq-server"), [], { env });
        if (!/dist_port|epmd_error/.test(`${stdout}${stderr}`)) {
            throw new Error(`RabbitMQ refuses the settings, so they were not applied: ${complaints(`${stdout}\n${stderr}`)}`);
        }
    } finally {
        await rm(directory, { recursive: true, force: true });
    }
}

/** The lines of a failed start that tell why, without time and process. */
function complaints(output: string): string {
    const lines = output.split("\n").map((line) => /\[error\] \S+ (.*)$/.exec(line)?.[1]?.trim());
    const told = [...new Set(lines.filter((line) => line?.startsWith("- ")))];
    return told.length > 0 ? told.join("\n") : output.trim().slice(-2000);
}

/** The end of what a log says of errors: the node's orderly stop comes after them, in many lines. */
async function lastErrors(log: string): Promise<string> {
    const lines = (await readFile(log, "utf8").catch(() => "")).split("\n").filter((line) => line.includes("[error]") && !line.endsWith("> "));
    return lines.length > 0 ? lines.slice(-20).join("\n") : tail(log, 30);
}

/** What a node is told by variables, in a container or not. Everything else is in the file. */
function nodeEnvironment(directory: string): Record<string, string> {
    const path = (...parts: string[]) => join(directory, ...parts);
    return {
        HOME: path("data"),
        // The data are filed under this name, so it never changes; it can't collide, since no node sees another's.
        RABBITMQ_NODENAME: "rabbit@localhost",
        RABBITMQ_CONFIG_FILE: path("rabbitmq.conf"),
        // Files of the machine's own RabbitMQ, which must not be read: these don't exist.
        RABBITMQ_CONFIG_FILES: path("data", "none.conf.d"),
        RABBITMQ_ADVANCED_CONFIG_FILE: path("data", "none.config"),
        RABBITMQ_CONF_ENV_FILE: path("data", "none-env.conf"),
        RABBITMQ_ENABLED_PLUGINS_FILE: path("enabled_plugins"),
        RABBITMQ_MNESIA_BASE: path("data", "mnesia"),
        RABBITMQ_LOG_BASE: path("log"),
        // To standard output.
        RABBITMQ_LOGS: "-",
        // A dump of the memory holds what was in messages.
        ERL_CRASH_DUMP_SECONDS: "0",
        // Threads that wait for work sleep: a node at rest leaves the processor alone.
        RABBITMQ_SCHEDULER_BUSY_WAIT_THRESHOLD: "none",
    };
}

/** As {@link nodeEnvironment}, for a node that shares the machine's loopback interface. */
function hostEnvironment(directory: string): NodeJS.ProcessEnv {
    return {
        ...serverEnvironment(directory),
        ...nodeEnvironment(directory),
        // The script becomes the node and does not wait for it, so that a signal reaches the node itself.
        RUNNING_UNDER_SYSTEMD: "true",
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    };
}

function definitionsFile(home: Home): string {
    return home.path("definitions.json");
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

async function managementApi(home: Home, timeoutMilliseconds = 10_000): Promise<ManagementApi> {
    const { managementPort } = await home.record();
    const certificates = await readFile(home.path("tls", "ca.crt"), "utf8");
    return new ManagementApi({
        ...{ host: "127.0.0.1", servername: "localhost", port: managementPort as number, certificates, timeoutMilliseconds },
        ...(await home.administrator()),
    });
}
