import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { formatDirectives, impliedDirectives, quote, settingProblems, userDirectives } from "../../protocols/valkey-settings";
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

/** What the size, the durability and the settings imply, and then this backend's own. @throws Error for a setting that no user changes */
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
    const [problem] = settingProblems("local", settings, Object.keys(own));
    if (problem) {
        throw new Error(`The setting "${problem.property.slice("settings.".length)}" ${problem.reason}`);
    }
    return new Map(Object.entries({ ...impliedDirectives(memoryGb, durability, evictionPolicy ?? "noeviction"), ...userDirectives(settings), ...own }));
}

/** The text of `valkey.conf`. */
export function format(directives: ReadonlyMap<string, string>): string {
    return formatDirectives(Object.fromEntries(directives));
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

export function aclFile(home: Home): string {
    return home.path("data", "users.acl");
}
