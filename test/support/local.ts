import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import type { Binding } from "./clients";
import { query, value } from "./clients";
import type { Project } from "./engine";
import { allCommandLines, eventually, kill } from "./processes";

/** What stands in a server's `server.json`. */
export interface LocalRecord {
    readonly port: number;
    readonly installation: { readonly version: string; readonly location: string };
}

/** The directory of a stack's only server. */
export function serverDirectory(project: Project, service = "orders", stack = "dev"): string {
    const parent = join(project.data, project.name, stack);
    const found = existsSync(parent) ? readdirSync(parent).filter((name) => new RegExp(`^${service}-[0-9a-f]{8}$`).test(name)) : [];
    if (found.length !== 1) {
        throw new Error(`expected one directory of ${service} in ${parent}, found: ${found.join(", ") || "none"}`);
    }
    return join(parent, found[0] as string);
}

export function serverRecord(directory: string): LocalRecord {
    return JSON.parse(readFileSync(join(directory, "server.json"), "utf8"));
}

/** The pid of a running PostgreSQL. */
export function postmaster(directory: string): number {
    return Number(readFileSync(join(directory, "data", "postmaster.pid"), "utf8").split("\n")[0]);
}

/** SIGKILL to a PostgreSQL, as an out-of-memory killer does it; waits until its workers are gone too. */
export async function killPostgresql(directory: string): Promise<void> {
    kill(postmaster(directory));
    await eventually("the end of a killed server", () => !allCommandLines().includes(directory));
}

/** Everything below a directory, as relative paths; nothing if it isn't there. */
export function filesBelow(directory: string): string[] {
    return existsSync(directory) ? readdirSync(directory, { recursive: true }).map(String).sort() : [];
}

/** Writes one row that {@link readMark} finds again. */
export async function writeMark(binding: Binding, text: string): Promise<void> {
    await query(binding, "CREATE TABLE IF NOT EXISTS mark (text text)");
    await query(binding, "INSERT INTO mark VALUES ($1)", [text]);
}

/** All that {@link writeMark} wrote, joined. */
export async function readMark(binding: Binding): Promise<string> {
    return String(await value(binding, "SELECT string_agg(text, ' ' ORDER BY text) FROM mark"));
}

/** Statements of this package's own administrator, for what a person could do to a server by hand. */
export async function adminQuery(directory: string, sql: string, database: string): Promise<unknown[]> {
    const { username, password } = JSON.parse(readFileSync(join(directory, "admin.json"), "utf8"));
    const client = new Client({
        host: "localhost",
        port: serverRecord(directory).port,
        user: username,
        password,
        database,
        ssl: { ca: readFileSync(join(directory, "tls", "ca.crt"), "utf8") },
    });
    await client.connect();
    try {
        return (await client.query(sql)).rows;
    } finally {
        await client.end();
    }
}
