import { randomBytes } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { access, chmod, mkdir, readdir, readFile, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { handOver, isRoot } from "./account";
import type { EngineName, Installation, ServerInputs } from "./inputs";

/** What is known of a server beside its data, in `server.json`. */
export interface ServerRecord {
    readonly engine: EngineName;
    readonly project: string;
    readonly stack: string;
    readonly service: string;
    readonly instanceId: string;
    readonly port: number;
    /** RabbitMQ: the port of the management API. */
    readonly managementPort?: number;
    readonly installation: Installation;
}

/** The administrator that this package uses; never handed out. */
export interface Administrator {
    readonly username: string;
    readonly password: string;
}

const markerFile = "server.json";

/**
 * The directory of one server:
 *
 * ```
 * server.json   whose it is, its port and programs: written before anything else
 * admin.json    the administrator's credentials (0600)
 * tls/          certificate and key of the server, certificate of the stack's authority
 * data/         the server's own
 * log/
 * ```
 */
export class Home {
    readonly directory: string;

    constructor(directory: string) {
        this.directory = directory;
    }

    /** The home of a server, whether it exists or not. */
    static of(inputs: ServerInputs): Home {
        return new Home(join(stackDirectory(inputs), `${inputs.service}-${inputs.instanceId}`));
    }

    path(...parts: string[]): string {
        return join(this.directory, ...parts);
    }

    exists(): boolean {
        return existsSync(this.path(markerFile));
    }

    /**
     * Makes the directory, or takes the one that an interrupted run left.
     *
     * @throws Error when something else is there, or the directory can't be written
     */
    async claim(inputs: ServerInputs): Promise<void> {
        await makeDirectory(dirname(this.directory), 0o711);
        if (existsSync(this.directory) && !this.exists() && (await readdir(this.directory)).length > 0) {
            throw new Error(
                `${this.directory} holds files that this package did not make (there is no ${markerFile}); they were left alone. ` +
                    `Move them away, or set environment...local.directory to another place.`,
            );
        }
        if (this.exists()) {
            const { project, stack, service } = await this.record();
            if (project !== inputs.project || stack !== inputs.stack || service !== inputs.service) {
                throw new Error(
                    `${this.directory} belongs to the service "${service}" of ${project}/${stack}; it was left alone. Set environment...local.directory to another place.`,
                );
            }
        }
        await makeDirectory(this.directory, 0o711);
        for (const part of ["tls", "log"]) {
            await makeDirectory(this.path(part), part === "tls" ? 0o711 : 0o700);
            await handOver(this.path(part));
        }
    }

    async record(): Promise<ServerRecord> {
        return JSON.parse(await readFile(this.path(markerFile), "utf8"));
    }

    async writeRecord(record: ServerRecord): Promise<void> {
        await writeAtomically(this.path(markerFile), `${JSON.stringify(record, null, 2)}\n`, 0o644);
    }

    /** The administrator's credentials, made at first use. */
    async administrator(): Promise<Administrator> {
        const file = this.path("admin.json");
        if (!existsSync(file)) {
            const administrator: Administrator = { username: "data_services_admin", password: randomBytes(24).toString("hex") };
            await writeAtomically(file, `${JSON.stringify(administrator)}\n`, 0o600);
        }
        return JSON.parse(await readFile(file, "utf8"));
    }

    /**
     * Removes the directory, and those of the stack that are empty then. Under another name first: a removal that is killed half-way must
     * not leave something that looks like nobody's, and is ended by the next.
     */
    async remove(): Promise<void> {
        const removed = `${this.directory}.removed`;
        if (this.exists()) {
            await rm(removed, { recursive: true, force: true });
            await rename(this.directory, removed);
        }
        await rm(removed, { recursive: true, force: true, maxRetries: 3 });
        await this.removeEmptyParents();
    }

    /** Removes the files that a killed run was about to put in place. */
    async sweep(): Promise<void> {
        for (const directory of [this.directory, this.path("tls"), this.path("data")]) {
            const files = existsSync(directory) ? await readdir(directory) : [];
            for (const file of files.filter((name) => /\.[0-9a-f]{8}\.tmp$/.test(name))) {
                await rm(join(directory, file), { force: true });
            }
        }
    }

    /** Moves the stopped server's directory to where final copies are kept. Returns the new place. */
    async archive(): Promise<string> {
        const { project, stack, service } = await this.record();
        const finals = join(dirname(dirname(dirname(this.directory))), "final");
        await makeDirectory(finals, 0o711);
        const time = new Date().toISOString().replace(/[:.]/g, "-");
        const target = join(finals, `${project}-${stack}-${service}-${time}`);
        await rename(this.directory, target);
        await this.removeEmptyParents();
        return target;
    }

    /** Removes the directories of the stack, the project and the default root when no server is left in them; with the stack's goes its authority. */
    async removeEmptyParents(): Promise<void> {
        const stack = dirname(this.directory);
        const left = existsSync(stack) ? (await readdir(stack)).filter((name) => !name.startsWith(".")) : [];
        if (left.length === 0 || (left.length === 1 && left[0] === "authority")) {
            await rm(stack, { recursive: true, force: true });
            await rmdir(dirname(stack)).catch(() => undefined);
            await rmdir(defaultRoot()).catch(() => undefined);
        }
    }
}

/** Where servers keep their data unless the environment says otherwise. */
export function defaultRoot(): string {
    if (isRoot()) {
        return "/var/lib/pulumi-data-services";
    }
    const state = process.env.XDG_STATE_HOME || join(homedir(), ".local", "state");
    return join(state, "pulumi-data-services");
}

/** The directory of a stack's servers. */
export function stackDirectory({ root, project, stack }: Pick<ServerInputs, "root" | "project" | "stack">): string {
    return join(root ?? defaultRoot(), project, stack);
}

/** Writes a file so that a reader sees the old or the new text and never a part; the service account owns it. */
export async function writeAtomically(file: string, text: string, mode: number): Promise<void> {
    const temporary = `${file}.${randomBytes(4).toString("hex")}.tmp`;
    try {
        await writeFile(temporary, text, { mode });
        await chmod(temporary, mode);
        await handOver(temporary);
        await rename(temporary, file);
    } catch (error) {
        await rm(temporary, { force: true });
        throw error;
    }
}

/** Writes a file if its text differs. Returns whether it did. */
export async function writeIfChanged(file: string, text: string, mode: number): Promise<boolean> {
    if (existsSync(file) && (await readFile(file, "utf8")) === text) {
        return false;
    }
    await writeAtomically(file, text, mode);
    return true;
}

/** The directory itself, or the nearest one above it that is there. */
export function nearestExisting(directory: string): string {
    return existsSync(directory) ? directory : nearestExisting(dirname(directory));
}

async function makeDirectory(directory: string, mode: number): Promise<void> {
    try {
        if ((await mkdir(directory, { recursive: true, mode })) !== undefined) {
            await chmod(directory, mode);
        }
    } catch (error) {
        // Of a read-only disk Node says that there is no such directory.
        const { message } = await access(nearestExisting(directory), constants.W_OK).then(
            () => error as Error,
            (denied: Error) => denied,
        );
        throw new Error(`${directory} can't be made: ${message}. Set environment...local.directory to a place that you may write to.`);
    }
}
