import { existsSync } from "node:fs";
import { mkdir, readFile, rename } from "node:fs/promises";
import type { RedisOptions } from "iovalkey";
import { type Connection, canLogIn, dropUser, ensureUser, passwordHash, withConnection } from "../../protocols/valkey";
import { unquote } from "../../protocols/valkey-settings";
import { handOver } from "./account";
import { containerLog, containerRuns, imageOf, installImage, isContainer, startContainer, stopContainer } from "./container";
import type { Engine } from "./engine";
import { type Home, writeIfChanged } from "./home";
import type { Installation } from "./inputs";
import { run, startDetached, tail, terminate } from "./processes";
import { expectRestart, findProgram, isRestartExpected, isVersion, literally, noteStart, processesLike, serverEnvironment, waitForServer } from "./programs";
import { aclFile, certificateFiles, checkConfiguration, configuration, configurationFile, format, parse } from "./valkey-configuration";

/** Enough for a large append-only file on a slow disk; a server that ends earlier is noticed at once. */
const startSeconds = 300;

/** Valkey, or Redis 7 and newer where there is no Valkey. */
export const valkey: Engine = {
    async install(version) {
        const found = await findPrograms();
        const fitting = found.find((installation) => isVersion(installation.version, version));
        const installation = fitting ?? (await installImage(`valkey/valkey:${version ?? "8"}`, "VALKEY_VERSION"));
        if (!installation) {
            throw new Error(
                `This machine has no Valkey${version === undefined ? "" : ` ${version}`} and no Docker to run it in` +
                    `${found.length > 0 ? ` (found: ${found.map(({ version, location }) => `${location} ${version}`).join(", ")}; name its major version to use it)` : ""}. ` +
                    "Install one of them: apt-get install valkey-server (Debian 13, Ubuntu 24.04 and newer) or redis-server (7 or newer); brew install valkey; or Docker.",
            );
        }
        return installation;
    },

    async plannedVersion(version) {
        return (await findPrograms()).find((installation) => isVersion(installation.version, version))?.version;
    },

    async initialise(home) {
        await mkdir(home.path("data"), { recursive: true, mode: 0o700 });
        await handOver(home.path("data"));
    },

    async configure(home, inputs) {
        const { port, installation } = await home.record();
        const file = configurationFile(home);
        const before = existsSync(file) ? parse(await readFile(file, "utf8")) : new Map<string, string>();
        const after = configuration(home, inputs, port, installation);
        const changed = [...new Set([...before.keys(), ...after.keys()])].filter((name) => before.get(name) !== after.get(name));
        if (changed.length === 0) {
            return isRestartExpected(home) ? "restart" : "none";
        }
        await checkConfiguration(format(after), installation);
        if (!(await applyToRunningServer(home, changed, after))) {
            await expectRestart(home);
        }
        await writeIfChanged(file, format(after), 0o600);
        return isRestartExpected(home) ? "restart" : "none";
    },

    async start(home) {
        if (await this.isRunning(home)) {
            return;
        }
        // A server of ours that doesn't let the administrator in would keep the files locked for the new one.
        await this.stop(home);
        await ensureAdministrator(home);
        const { installation, port } = await home.record();
        const log = home.path("log", "valkey.log");
        await noteStart(home);
        if (isContainer(installation)) {
            await startContainer({ image: imageOf(installation), home, ports: [port], env: {}, command: ["valkey-server", configurationFile(home)] });
        } else {
            await rename(log, `${log}.1`).catch(() => undefined);
            await startDetached(installation.location, [configurationFile(home)], { env: serverEnvironment(home.path("data")), logFile: log });
        }
        const answers = await waitForServer(
            () => this.isRunning(home),
            () => isAlive(home),
            startSeconds,
        );
        if (!answers) {
            const [where, said] = isContainer(installation) ? ["its container's log", await containerLog(home)] : [log, await tail(log)];
            await this.stop(home);
            throw new Error(`Valkey did not start. Correct what it complains about, and run again. The end of ${where}:\n${said}`);
        }
    },

    /** Settings are applied by {@link configure} already; what is read again are the certificates. */
    async reload(home) {
        const pairs = Object.entries(certificateFiles(home)).map(([name, value]) => [name, unquote(value)]);
        await asAdministrator(home, (connection) => connection.call("CONFIG", "SET", ...pairs.flat()));
    },

    async stop(home) {
        const { installation } = await home.record();
        if (isContainer(installation)) {
            await stopContainer(home);
            return;
        }
        for (const pid of await serverProcesses(home)) {
            await terminate(pid, 60);
        }
    },

    async isRunning(home) {
        return asAdministrator(home, async (connection) => (await connection.ping()) === "PONG").catch(() => false);
    },

    async prepare() {
        // Keys need nothing made beforehand.
    },

    async ensureUser(home, user, password) {
        const { username } = await home.administrator();
        if ([username, "default"].includes(user.username)) {
            throw new Error(
                `The username "${user.username}" is ${user.username === username ? "the administrator's" : "Valkey's own"}. Choose another username.`,
            );
        }
        await asAdministrator(home, (connection) => ensureUser(connection, user, password));
    },

    async dropUser(home, user) {
        await asAdministrator(home, (connection) => dropUser(connection, user.username));
    },

    async canLogIn(home, user, password) {
        return canLogIn(await connectionOptions(home), user.username, password);
    },
};

/** Valkey first: it is what the other backends run. Redis before 7 lacks read-only key patterns. */
async function findPrograms(): Promise<Installation[]> {
    const found: Installation[] = [];
    for (const name of ["valkey-server", "redis-server"]) {
        const location = findProgram(name);
        const { stdout } = location ? await run(location, ["--version"]) : { stdout: "" };
        const version = /\bv=(\d+)(\.\d+)*/.exec(stdout)?.[0].slice(2);
        if (location && version && Number(version.split(".")[0]) >= 7) {
            found.push({ version, location });
        }
    }
    return found;
}

/** Gives a running server its changed settings, all or none. Returns whether that was all it needs; else it must be restarted. */
async function applyToRunningServer(home: Home, changed: readonly string[], directives: ReadonlyMap<string, string>): Promise<boolean> {
    if (!(await valkey.isRunning(home)) || changed.some((name) => !directives.has(name))) {
        return false;
    }
    const pairs = changed.flatMap((name) => [name, unquote(directives.get(name) as string)]);
    try {
        await asAdministrator(home, (connection) => connection.call("CONFIG", "SET", ...pairs));
        return true;
    } catch (error) {
        const { message } = error as Error;
        if (/immutable|protected config|Unknown option/i.test(message)) {
            return false;
        }
        throw new Error(`Valkey refuses the settings, so they were not applied: ${message}`);
    }
}

/** Puts the administrator, and nobody by default, into the file that the stopped server's users are in. */
async function ensureAdministrator(home: Home): Promise<void> {
    const { username, password } = await home.administrator();
    const file = aclFile(home);
    const lines = existsSync(file) ? (await readFile(file, "utf8")).split("\n") : [];
    const others = lines.filter((line) => line !== "" && !line.startsWith("user default ") && !line.startsWith(`user ${username} `));
    const own = ["user default off", `user ${username} on #${passwordHash(password)} ~* &* +@all`];
    await writeIfChanged(file, `${[...own, ...others].join("\n")}\n`, 0o600);
}

/** The server itself and what it forks to rewrite its file: their titles hold the name of the configuration file. */
function serverProcesses(home: Home): Promise<number[]> {
    return processesLike(new RegExp(`^\\S*(valkey|redis)-(server|aof-rewrite|rdb-bgsave)\\S* ${literally(configurationFile(home))}(\\s|$)`));
}

async function isAlive(home: Home): Promise<boolean> {
    const { installation } = await home.record();
    return isContainer(installation) ? containerRuns(home) : (await serverProcesses(home)).length > 0;
}

async function connectionOptions(home: Home): Promise<RedisOptions> {
    const { port } = await home.record();
    const ca = await readFile(home.path("tls", "ca.crt"), "utf8");
    return { host: "127.0.0.1", port, tls: { ca, servername: "localhost" } };
}

async function asAdministrator<Result>(home: Home, action: (connection: Connection) => Promise<Result>): Promise<Result> {
    const administrator = await home.administrator();
    const options = { ...(await connectionOptions(home)), ...administrator, connectTimeout: 10_000, commandTimeout: 10_000 };
    return withConnection(options, action);
}
