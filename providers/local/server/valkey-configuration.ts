import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { handOver } from "./account";
import { imageOf, isContainer } from "./container";
import { type Home, writeAtomically } from "./home";
import type { Installation, ServerInputs } from "./inputs";
import { run } from "./processes";
import { serverEnvironment } from "./programs";

export function configurationFile(home: Home): string {
    return home.path("valkey.conf");
}

export function certificateFiles(home: Home): Record<string, string> {
    return {
        "tls-cert-file": quote(home.path("tls", "server.crt")),
        "tls-key-file": quote(home.path("tls", "server.key")),
        "tls-ca-cert-file": quote(home.path("tls", "ca.crt")),
    };
}

/** What the size, the durability and the settings imply, and then this backend's own. */
export function configuration(
    home: Home,
    { memoryGb, evictionPolicy, durability, settings }: ServerInputs,
    port: number,
    installation: Installation,
): Map<string, string> {
    const own: Record<string, string> = {
        // A container's own loopback can't be published; Docker publishes on 127.0.0.1. "-": a machine without IPv6 is fine.
        bind: isContainer(installation) ? "* -::*" : "127.0.0.1 -::1",
        port: "0",
        "tls-port": String(port),
        ...certificateFiles(home),
        "tls-auth-clients": "no",
        "tls-protocols": quote("TLSv1.2 TLSv1.3"),
        unixsocket: quote(""),
        "protected-mode": "yes",
        aclfile: quote(aclFile(home)),
        dir: quote(home.path("data")),
        daemonize: "no",
        supervised: "no",
        pidfile: quote(""),
        logfile: quote(""),
        // Kept at any durability, since turning it off and on again loses data at a restart: what differs is how soon it is on the disk.
        appendonly: "yes",
        // How our own processes are told from others.
        "set-proc-title": "yes",
        "proc-title-template": quote("{title} {config-file}"),
    };
    const defaults: Record<string, string> = {
        // A quarter is for the copies that a rewrite of the append-only file makes, for clients' buffers and for fragmentation.
        maxmemory: String(Math.floor(memoryGb * 0.75 * 2 ** 30)),
        "maxmemory-policy": evictionPolicy ?? "noeviction",
        appendfsync: { ephemeral: "no", standard: "everysec", critical: "always" }[durability],
        // The append-only file is the copy on disk; snapshots would write everything a second time.
        save: quote(""),
    };
    return new Map(Object.entries({ ...defaults, ...checkSettings(settings, own), ...own }));
}

/** @throws Error for a setting that can't be written, or that this backend decides on */
function checkSettings(settings: ServerInputs["settings"], own: Readonly<Record<string, string>>): Record<string, string> {
    const reserved = new Set([
        ...Object.keys(own),
        "user",
        "requirepass",
        "include",
        "rename-command",
        "tls-key-file-pass",
        "tls-ca-cert-dir",
        "appenddirname",
        "appendfilename",
    ]);
    return Object.fromEntries(
        Object.entries(settings).map(([name, value]) => {
            const key = name.toLowerCase();
            if (!/^[a-z][a-z0-9-]*$/.test(key) || /[\r\n]/.test(value)) {
                throw new Error(
                    `The setting ${JSON.stringify(name)}: ${JSON.stringify(value)} is none of Valkey's: a name holds letters, digits and "-", a value is one line.`,
                );
            }
            if (reserved.has(key)) {
                throw new Error(
                    `The setting "${name}" can't be changed: the local backend sets it, to keep the server private, encrypted and its data in place. Remove it from settings.`,
                );
            }
            return [key, value.trim() || quote("")];
        }),
    );
}

/** The text of `valkey.conf`. Values are written as they are: some are lists of words, others one quoted text. */
export function format(directives: ReadonlyMap<string, string>): string {
    const lines = [...directives].map(([name, value]) => `${name} ${value}`);
    return `# Written by pulumi-data-services; changes are overwritten. Use the settings of ManagedCache.\n${lines.join("\n")}\n`;
}

export function parse(text: string): Map<string, string> {
    const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return new Map(lines.map((line) => [line.slice(0, line.indexOf(" ")), line.slice(line.indexOf(" ") + 1)]));
}

/**
 * Lets the server read a configuration without starting: it stops at the first directive that it refuses, and the last one is made up.
 *
 * @throws Error with the server's own words
 */
export async function checkConfiguration(text: string, installation: Installation): Promise<void> {
    const end = "pulumi-data-services-end-of-check";
    // The data directory is entered as soon as it is read, so the check has another.
    const candidate = (directory: string) => `${text.replace(/^dir .*$/m, `dir ${quote(directory)}`)}${end} yes\n`;
    const said = isContainer(installation) ? await readInContainer(candidate("/tmp"), installation) : await readOnMachine(candidate, installation);
    if (!said.includes(`'${end} yes'`)) {
        const complaint = />>> ('[\s\S]*)$/.exec(said)?.[1] ?? said;
        throw new Error(`Valkey refuses the settings, so they were not applied: ${complaint.trim()}`);
    }
}

async function readInContainer(input: string, installation: Installation): Promise<string> {
    const { stdout, stderr } = await run("docker", ["run", "--rm", "--interactive", "--network", "none", imageOf(installation), "valkey-server", "-"], {
        input,
        asCaller: true,
    });
    return `${stdout}\n${stderr}`;
}

async function readOnMachine(candidate: (directory: string) => string, installation: Installation): Promise<string> {
    const directory = await mkdtemp(join(tmpdir(), "valkey-check-"));
    try {
        await handOver(directory);
        await writeAtomically(join(directory, "valkey.conf"), candidate(directory), 0o600);
        const { stdout, stderr } = await run(installation.location, [join(directory, "valkey.conf")], { env: serverEnvironment(directory) });
        return `${stdout}\n${stderr}`;
    } finally {
        await rm(directory, { recursive: true, force: true });
    }
}

function quote(text: string): string {
    return JSON.stringify(text);
}

/** `CONFIG SET` takes a value as it is, without the file's quotes. */
export function unquote(value: string): string {
    return /^".*"$/.test(value) ? JSON.parse(value) : value;
}

export function aclFile(home: Home): string {
    return home.path("data", "users.acl");
}
