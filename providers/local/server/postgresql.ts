import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm } from "node:fs/promises";
import { availableParallelism } from "node:os";
import type { ClientConfig } from "pg";
import { dropUser, ensureDatabase, ensureUser, grantGroups, withClient } from "../../protocols/postgresql";
import { handOver } from "./account";
import type { Activation, Engine } from "./engine";
import { type Home, writeAtomically, writeIfChanged } from "./home";
import type { ServerInputs, UserInputs } from "./inputs";
import { installPostgresql, majorVersion, plannedPostgresql } from "./postgresql-binaries";
import { commandLine, isAlive, run, runOrFail, tail, terminate } from "./processes";
import { expectRestart, isRestartExpected, literally, noteStart, processesLike, serverEnvironment } from "./programs";

const startSeconds = 60;

/** PostgreSQL, run by `pg_ctl`. Reached over TLS on the loopback interface only, by the administrator too. */
export const postgresql: Engine = {
    install: installPostgresql,
    plannedVersion: plannedPostgresql,

    async initialise(home, inputs) {
        const data = home.path("data");
        if (existsSync(data)) {
            return;
        }
        // initdb works beside the final place: a data directory that has its name is complete.
        const { installation } = await home.record();
        const { username, password } = await home.administrator();
        const temporary = home.path("data.tmp");
        const passwordFile = home.path("tls", "initdb.pwfile");
        await endInitdb(temporary);
        await rm(temporary, { recursive: true, force: true, maxRetries: 10 });
        await mkdir(temporary, { mode: 0o700 });
        await handOver(temporary);
        await writeAtomically(passwordFile, password, 0o600);
        try {
            await runOrFail(program(installation.location, "initdb"), [
                ...["--pgdata", temporary, "--username", username, "--pwfile", passwordFile, "--auth", "scram-sha-256"],
                ...["--encoding", "UTF8", "--data-checksums", ...locale(majorVersion(installation.version.split(".")[0]))],
                // Waiting for the disk is most of initdb's time, and throw-away data needn't outlive a power cut in its first seconds.
                ...(inputs.durability === "ephemeral" ? ["--no-sync"] : []),
            ]);
        } finally {
            await rm(passwordFile, { force: true });
        }
        await rename(temporary, data);
    },

    async configure(home, inputs) {
        const { port } = await home.record();
        const hba = await writeIfChanged(home.path("data", "pg_hba.conf"), hostBasedAuthentication, 0o600);
        const file = home.path("data", "postgresql.conf");
        const before = await readFile(file, "utf8");
        const text = configuration(home, inputs, port);
        if (text === before) {
            return isRestartExpected(home) ? "restart" : hba ? "reload" : "none";
        }
        const expected = isRestartExpected(home);
        await expectRestart(home);
        await writeAtomically(file, text, 0o600);
        if (Object.keys(inputs.settings).length > 0) {
            await validateConfiguration(home).catch(async (error) => {
                await writeAtomically(file, before, 0o600);
                if (!expected) {
                    await noteStart(home);
                }
                throw error;
            });
        }
        return "restart" satisfies Activation;
    },

    async start(home) {
        const { installation } = await home.record();
        const log = home.path("log", "start.log");
        await chmod(home.path("data"), 0o700);
        await noteStart(home);
        const args = ["start", "--wait", "--silent", "--timeout", String(startSeconds), "--pgdata", home.path("data"), "--log", log];
        // Not the caller's environment, with the stack's passphrase and tokens of clouds: the server stays for long.
        const { code } = await run(program(installation.location, "pg_ctl"), args, { env: serverEnvironment(home.path("data")) });
        if (code !== 0) {
            throw new Error(`PostgreSQL did not start. The end of ${log}:\n${await tail(log)}`);
        }
    },

    async reload(home) {
        const { installation } = await home.record();
        await runOrFail(program(installation.location, "pg_ctl"), ["reload", "--silent", "--pgdata", home.path("data")]);
    },

    async stop(home) {
        const pidFile = home.path("data", "postmaster.pid");
        const pid = Number((await readFile(pidFile, "utf8").catch(() => "")).split("\n")[0]);
        if (!(pid > 0) || !(await isAlive(pid))) {
            // Whatever the file says of a server that is gone, the next one reads with care.
            return;
        }
        if (!(await commandLine(pid)).includes(home.path("data"))) {
            // After a reboot the pid is a stranger's: pg_ctl would end it, and no server would start beside it.
            await rm(pidFile, { force: true });
            return;
        }
        const { installation } = await home.record();
        const args = ["--wait", "--silent", "--timeout", "60", "--pgdata", home.path("data")];
        await runOrFail(program(installation.location, "pg_ctl"), ["stop", "--mode", "fast", ...args]);
    },

    async isRunning(home) {
        if (!existsSync(home.path("data", "postmaster.pid"))) {
            return false;
        }
        return withClient(await adminConfig(home), async () => true).catch(() => false);
    },

    async prepare(home, inputs) {
        const database = inputs.path as string;
        await withClient(await adminConfig(home), (client) => ensureDatabase(client, database));
        await withClient(await adminConfig(home, database), (client) => grantGroups(client, database));
    },

    async ensureUser(home, user, password) {
        const database = user.path as string;
        await withClient(await adminConfig(home, database), async (client) => {
            const administrator = await home.administrator();
            if (user.username === administrator.username) {
                throw new Error(`The username "${user.username}" is the administrator's. Choose another username.`);
            }
            await ensureUser(client, database, user, password);
        });
    },

    async dropUser(home, user) {
        const database = user.path as string;
        await withClient(await adminConfig(home, database), (client) => dropUser(client, database, user.username));
    },

    async canLogIn(home, user: UserInputs, password) {
        const config = { ...(await adminConfig(home, user.path)), user: user.username, password };
        return withClient(config, async () => true).catch((error) => {
            // 28P01 and 28000: wrong password, no such role. Anything else says nothing about the user.
            if (["28P01", "28000"].includes((error as { code?: string }).code ?? "")) {
                return false;
            }
            throw error;
        });
    },
};

/** The initdb of a run that was killed goes on without it, and would write among the files of the next one. */
async function endInitdb(directory: string): Promise<void> {
    for (const pid of await processesLike(new RegExp(`initdb .*${literally(directory)}(\\s|$)`))) {
        await terminate(pid, 10);
    }
}

/** No Unix socket and no plaintext: every connection, also the administrator's, is TLS with SCRAM. */
const hostBasedAuthentication = `# Written by pulumi-data-services; changes are overwritten.
hostssl all all 127.0.0.1/32 scram-sha-256
hostssl all all ::1/128      scram-sha-256
`;

/** What the size implies, as PostgreSQL's documentation advises for a dedicated server; `settings` win over it. */
function configuration(home: Home, { memoryGb, cpu, settings }: ServerInputs, port: number): string {
    const megabytes = Math.round(memoryGb * 1024);
    const workers = Math.max(1, Math.min(Math.round(cpu), availableParallelism()));
    const defaults: Record<string, string> = {
        shared_buffers: `${Math.max(16, Math.round(megabytes / 4))}MB`,
        effective_cache_size: `${Math.max(32, Math.round((megabytes * 3) / 4))}MB`,
        maintenance_work_mem: `${Math.max(16, Math.round(megabytes / 16))}MB`,
        max_parallel_workers: String(workers),
        max_parallel_workers_per_gather: String(Math.min(2, workers)),
        max_connections: "100",
        log_timezone: "UTC",
        timezone: "UTC",
    };
    const own = ownSettings(home, port);
    const odd = Object.keys(settings).find((name) => !/^[a-z_][\w.$]*$/i.test(name));
    if (odd !== undefined) {
        throw new Error(`The setting ${JSON.stringify(odd)} is none of PostgreSQL's: a name is like "work_mem" or "pg_stat_statements.max".`);
    }
    const reserved = Object.keys(settings).filter((name) => name.toLowerCase() in own);
    if (reserved.length > 0) {
        throw new Error(
            `The settings ${reserved.map((name) => `"${name}"`).join(", ")} can't be changed: the local backend sets them, to keep the server private, encrypted and findable. Remove them from settings.`,
        );
    }
    const lines = Object.entries({ ...defaults, ...settings, ...own }).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
    return `# Written by pulumi-data-services; changes are overwritten. Use the settings of ManagedDatabase.\n${lines.join("\n")}\n`;
}

function ownSettings(home: Home, port: number): Record<string, string> {
    return {
        port: String(port),
        listen_addresses: "localhost",
        unix_socket_directories: "",
        ssl: "on",
        ssl_cert_file: home.path("tls", "server.crt"),
        ssl_key_file: home.path("tls", "server.key"),
        ssl_min_protocol_version: "TLSv1.2",
        password_encryption: "scram-sha-256",
        data_directory: home.path("data"),
        hba_file: home.path("data", "pg_hba.conf"),
        // Seven files, one a weekday, so that the log has an end.
        logging_collector: "on",
        log_directory: home.path("log"),
        log_filename: "postgresql-%a.log",
        log_truncate_on_rotation: "on",
        log_rotation_age: "1d",
        log_rotation_size: "0",
    };
}

/** Lets the server read the new configuration without starting: a wrong name or value is refused with its own words. */
async function validateConfiguration(home: Home): Promise<void> {
    const { installation } = await home.record();
    const { code, stderr } = await run(program(installation.location, "postgres"), ["-C", "data_checksums", "-D", home.path("data")]);
    // A running server has the directory locked, which is said after the configuration was read.
    if (code !== 0 && !/lock file .* already exists/.test(stderr)) {
        // Without time and process.
        const said = stderr.trim().replace(/^.*?\[\d+\] /gm, "");
        throw new Error(`PostgreSQL refuses the settings, so they were not applied: ${said}`);
    }
}

async function adminConfig(home: Home, database = "postgres"): Promise<ClientConfig> {
    const { port } = await home.record();
    const { username, password } = await home.administrator();
    const ca = await readFile(home.path("tls", "ca.crt"), "utf8");
    return { host: "localhost", port, user: username, password, database, ssl: { ca } };
}

/** A collation that is the same on every machine and never changes with the operating system. */
function locale(major: string): string[] {
    return Number(major) >= 17 ? ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C"] : ["--locale", "C"];
}

function program(directory: string, name: string): string {
    return `${directory}/${name}`;
}
