import { existsSync } from "node:fs";
import { readFile, statfs } from "node:fs/promises";
import { dirname } from "node:path";
import type * as pulumi from "@pulumi/pulumi";
import { isExpiring } from "./certificate-expiry";
import type { Engine } from "./engine";
import { engineOf } from "./engines";
import { defaultRoot, Home, nearestExisting, type ServerRecord } from "./home";
import type { ServerInputs } from "./inputs";
import { withLock } from "./lock";
import { freePort, isFree } from "./ports";

/** The outputs of the `LocalServer` resource. */
export interface ServerOutputs extends ServerInputs {
    readonly directory: string;
    readonly host: string;
    readonly actualPort: number;
    readonly managementUri?: string;
    readonly actualVersion: string;
    readonly certificates: string;
    readonly certificatesFile: string;
    /** "running", or what `refresh` found instead. */
    readonly status: string;
}

/** Enough for an empty server of any engine and its first log. */
const leastFreeBytes = 256 * 1024 * 1024;

/** The provider of `LocalServer`: one server process with its data directory. */
export class ServerProvider implements pulumi.dynamic.ResourceProvider<ServerInputs, ServerOutputs> {
    /** Keeps the version of a living server when the program names none, and refuses what would lose data. */
    async check(olds: Partial<ServerInputs>, news: ServerInputs): Promise<pulumi.dynamic.CheckResult<ServerInputs>> {
        const engine = engineOf(news.engine);
        const version = news.version ?? olds.version ?? (await engine.plannedVersion(undefined))?.split(".")[0];
        const inputs: ServerInputs = version === undefined ? news : { ...news, version };
        const failures: pulumi.dynamic.CheckFailure[] = [];
        if (news.engine === "postgresql" && olds.version !== undefined && olds.version !== version) {
            failures.push({
                property: "version",
                reason:
                    `the database "${news.service}" runs PostgreSQL ${olds.version}; the local backend can't turn its data into those of version ${version}. ` +
                    `Set version: "${olds.version}"; or make a second database of version ${version} under another name, and copy the data with pg_dump and psql.`,
            });
        }
        if (olds.service !== undefined && olds.root !== news.root) {
            const place = (root: string | undefined) => root ?? `the default, ${defaultRoot()}`;
            failures.push({
                property: "root",
                reason:
                    `${describe(news)} keeps its data in ${place(olds.root)}; they don't move to ${place(news.root)} by themselves. ` +
                    `Set the environment's local.directory back, or make a second service under another name and copy the data.`,
            });
        }
        return { inputs, failures };
    }

    async diff(_id: string, olds: ServerOutputs, news: ServerInputs): Promise<pulumi.dynamic.DiffResult> {
        return { changes: wanted(olds) !== wanted(news) || (await needsHealing(olds)) };
    }

    async create(inputs: ServerInputs): Promise<pulumi.dynamic.CreateResult<ServerOutputs>> {
        const home = Home.of(inputs);
        const isNew = !existsSync(home.directory);
        try {
            return { id: home.directory, outs: await bringUp(home, inputs) };
        } catch (error) {
            if (isNew && home.exists()) {
                await removeServer(home, inputs);
            }
            throw error;
        }
    }

    async update(id: string, olds: ServerOutputs, news: ServerInputs): Promise<pulumi.dynamic.UpdateResult<ServerOutputs>> {
        const home = new Home(id);
        if (!home.exists()) {
            throw new Error(
                `${id}, the directory of ${describe(news)}, is gone. If you removed it, run "pulumi refresh" to accept the loss; the next "pulumi up" then starts an empty server.`,
            );
        }
        try {
            return { outs: await bringUp(home, news) };
        } catch (error) {
            // What passed the checks can still fail at the start. A server that ran goes on as it was.
            const restored = await bringUp(home, olds).catch(() => undefined);
            throw restored ? new Error(`${(error as Error).message}\nThe server runs on as it was before.`) : error;
        }
    }

    async read(id: string, recorded?: ServerOutputs): Promise<pulumi.dynamic.ReadResult<ServerOutputs>> {
        const props = recorded as ServerOutputs;
        const home = new Home(id);
        if (!home.exists()) {
            return { id: "" };
        }
        return { id, props: { ...props, status: await statusOf(home, engineOf(props.engine)) } };
    }

    async delete(id: string, props: ServerOutputs): Promise<void> {
        const home = new Home(id);
        if (!existsSync(dirname(id))) {
            return;
        }
        await withLock(`${id}.lock`, async () => {
            if (home.exists()) {
                await engineOf(props.engine).stop(home);
            }
            if (!home.exists() || props.durability === "ephemeral") {
                await home.remove();
            } else {
                console.info(`The data of ${describe(props)} were kept, as a cold copy of its directory: ${await home.archive()}`);
            }
        });
        await home.removeEmptyParents();
    }
}

/** Brings a server to the state that the inputs describe, from whatever state it is in. */
async function bringUp(home: Home, inputs: ServerInputs): Promise<ServerOutputs> {
    const engine = engineOf(inputs.engine);
    await checkSpace(home, inputs);
    await home.claim(inputs);
    return withLock(`${home.directory}.lock`, async () => {
        await home.sweep();
        await writeRecord(home, engine, inputs);
        const [, certificatesChanged] = await Promise.all([engine.initialise(home, inputs), issueCertificates(home, inputs)]);
        const activation = await engine.configure(home, inputs);
        if (!(await engine.isRunning(home))) {
            await engine.stop(home);
            await checkPort(home, inputs);
            await engine.start(home);
        } else if (activation === "restart") {
            await engine.stop(home);
            await engine.start(home);
        } else if (activation === "reload" || certificatesChanged) {
            await engine.reload(home);
        }
        await engine.prepare(home, inputs);
        return outputsOf(home, inputs);
    });
}

/** The library that makes certificates takes a moment to load: only where one may have to be made, and while the engine works. */
async function issueCertificates(home: Home, inputs: ServerInputs): Promise<boolean> {
    const { ensureCertificates } = require("./certificates") as typeof import("./certificates");
    return ensureCertificates(home, inputs);
}

/** Ports and programs, chosen once and kept; the environment's port and a newer minor version replace them. */
async function writeRecord(home: Home, engine: Engine, inputs: ServerInputs): Promise<void> {
    const old: ServerRecord | undefined = home.exists() ? await home.record() : undefined;
    const installation = await engine.install(inputs.version);
    const port = inputs.port ?? old?.port ?? (await freePort());
    const moved =
        old !== undefined && (old.port !== port || old.installation.version !== installation.version || old.installation.location !== installation.location);
    if (moved) {
        if (old.port !== port) {
            await assertFree("port", port, inputs);
        }
        // The old programs end their server; the new ones start it, with the new port.
        await engine.stop(home);
    }
    const { engine: name, project, stack, service, instanceId } = inputs;
    const management = inputs.engine === "rabbitmq" ? { managementPort: old?.managementPort ?? (await freePort()) } : {};
    await home.writeRecord({ engine: name, project, stack, service, instanceId, port, ...management, installation });
}

async function outputsOf(home: Home, inputs: ServerInputs): Promise<ServerOutputs> {
    const { port, managementPort, installation } = await home.record();
    return {
        ...inputs,
        directory: home.directory,
        host: "localhost",
        actualPort: port,
        ...(managementPort === undefined ? {} : { managementUri: `https://localhost:${managementPort}` }),
        actualVersion: installation.version,
        certificates: await readFile(home.path("tls", "ca.crt"), "utf8"),
        certificatesFile: home.path("tls", "ca.crt"),
        status: "running",
    };
}

/** A failed first start leaves nothing behind. */
async function removeServer(home: Home, inputs: ServerInputs): Promise<void> {
    await engineOf(inputs.engine)
        .stop(home)
        .catch(() => undefined);
    await home.remove();
}

async function needsHealing(olds: ServerOutputs): Promise<boolean> {
    const home = new Home(olds.directory);
    const engine = engineOf(olds.engine);
    if (olds.status !== "running" || !home.exists() || (await statusOf(home, engine)) !== "running") {
        return true;
    }
    const planned = await engine.plannedVersion(olds.version);
    return planned !== undefined && planned !== olds.actualVersion;
}

async function statusOf(home: Home, engine: Engine): Promise<string> {
    if (!(await engine.isRunning(home))) {
        return "stopped";
    }
    return (await isExpiring(home)) ? "certificate expiring" : "running";
}

async function checkPort(home: Home, inputs: ServerInputs): Promise<void> {
    const { port, managementPort } = await home.record();
    await assertFree("port", port, inputs);
    if (managementPort !== undefined) {
        await assertFree("management port", managementPort, inputs);
    }
}

async function assertFree(what: string, port: number, inputs: ServerInputs): Promise<void> {
    if (!(await isFree(port))) {
        throw new Error(
            `The ${what} ${port} of ${describe(inputs)} is taken by another program. Stop that program (find it with: ss -ltnp "sport = :${port}"), ` +
                `or give the service another port in the environment: local: { ports: { ${JSON.stringify(inputs.service)}: <port> } }.`,
        );
    }
}

async function checkSpace(home: Home, inputs: ServerInputs): Promise<void> {
    const existing = nearestExisting(home.directory);
    const { bavail, bsize } = await statfs(existing);
    if (bavail * bsize < leastFreeBytes) {
        throw new Error(
            `${existing} has ${Math.floor((bavail * bsize) / 2 ** 20)} MiB free; ${describe(inputs)} needs at least ${leastFreeBytes / 2 ** 20} MiB to start. ` +
                `Free some space, or set environment...local.directory to another disk.`,
        );
    }
}

function describe({ engine, service, project, stack }: ServerInputs): string {
    return `the ${engine} server of "${service}" (${project}/${stack})`;
}

/** A comparable text of everything that a user can change. */
function wanted(inputs: ServerInputs): string {
    const { port, version, durability, cpu, memoryGb, settings, path, evictionPolicy } = inputs;
    return JSON.stringify([port, version, durability, cpu, memoryGb, Object.entries(settings).sort(), path, evictionPolicy]);
}
