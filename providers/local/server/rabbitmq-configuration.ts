import { mkdtemp, rm } from "node:fs/promises";
import { networkInterfaces, tmpdir } from "node:os";
import { join } from "node:path";
import { handOver } from "./account";
import { isContainer } from "./container";
import { type Home, type ServerRecord, writeAtomically } from "./home";
import type { Installation, ServerInputs } from "./inputs";
import { run } from "./processes";
import { serverEnvironment } from "./programs";

export const enabledPlugins = "[rabbitmq_management].\n";

export function configurationFile(home: Home): string {
    return home.path("rabbitmq.conf");
}

/** What the size and the settings imply, and then this backend's own. */
export function configuration(home: Home, { memoryGb, settings }: ServerInputs, { port, managementPort, installation }: ServerRecord): Record<string, string> {
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

export function format(settings: Readonly<Record<string, string>>): string {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value}`);
    return `# Written by pulumi-data-services; changes are overwritten. Use the settings of ManagedQueue.\n${lines.join("\n")}\n`;
}

/**
 * Lets a node read a configuration. It then fails, before it opens any data: it may not join Erlang's other nodes, there being no epmd.
 *
 * @throws Error with RabbitMQ's own words
 */
export async function checkConfiguration(text: string, installation: Installation): Promise<void> {
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

/** What a node is told by variables, in a container or not. Everything else is in the file. */
export function nodeEnvironment(directory: string): Record<string, string> {
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
export function hostEnvironment(directory: string): NodeJS.ProcessEnv {
    return {
        ...serverEnvironment(directory),
        ...nodeEnvironment(directory),
        // The script becomes the node and does not wait for it, so that a signal reaches the node itself.
        RUNNING_UNDER_SYSTEMD: "true",
        RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: "-kernel inet_dist_use_interface {127,0,0,1}",
    };
}

export function definitionsFile(home: Home): string {
    return home.path("definitions.json");
}
