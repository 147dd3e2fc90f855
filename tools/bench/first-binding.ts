import { spawnSync } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client } from "pg";
import { serviceAccount } from "../../providers/local/server/account";
import { freePort } from "../../providers/local/server/ports";
import { installPostgresql } from "../../providers/local/server/postgresql-binaries";
import { runOrFail } from "../../providers/local/server/processes";
import { root } from "../paths";
import type { Toolchain } from "../toolchain";
import { compare, type Figure, seconds } from "./measure";
import { Project } from "./project";

/** A warm `npm run up`, which ends with the first queries, against bare initdb, start, createdb and query, and an empty `pulumi up` of a new stack. */
export async function firstBinding({ pulumi, env }: Toolchain): Promise<Figure> {
    const { location } = await installPostgresql("17");
    npm("down");
    try {
        return await compare(
            "first-binding",
            1.5,
            "s",
            3,
            async () => {
                const time = await seconds(() => npm("up"));
                npm("down");
                return time;
            },
            () => bare(location, pulumi, env),
        );
    } finally {
        npm("down");
    }
}

function npm(script: string): void {
    const { status, stdout, stderr } = spawnSync("npm", ["run", "--silent", script], { cwd: root, encoding: "utf8" });
    if (status !== 0) {
        throw new Error(`npm run ${script} failed:\n${stdout}${stderr}`);
    }
}

/** What a person would type, with an empty TypeScript program as Pulumi's own template makes it. */
async function bare(programs: string, pulumi: string, env: NodeJS.ProcessEnv): Promise<number> {
    const directory = mkdtempSync(join(tmpdir(), "data-services-bench-"));
    const account = serviceAccount();
    const data = join(directory, "data");
    const passwordFile = join(directory, "password");
    writeFileSync(passwordFile, "bench");
    mkdirSync(data, { mode: 0o700 });
    if (account) {
        for (const path of [directory, data, passwordFile]) {
            chownSync(path, account.uid, account.gid);
        }
    }
    const port = await freePort();
    const project = new Project(pulumi, env, "export const nothing = true;\n");
    try {
        return await seconds(async () => {
            await runOrFail(join(programs, "initdb"), ["-D", data, "-U", "bench", "-A", "scram-sha-256", "--pwfile", passwordFile, "--data-checksums"]);
            const options = `-p ${port} -c listen_addresses=localhost -c unix_socket_directories=`;
            await runOrFail(join(programs, "pg_ctl"), ["start", "-w", "-D", data, "-l", join(directory, "log"), "-o", options]);
            await query(port, "postgres", "CREATE DATABASE orders");
            // Both start from nothing: a stack has to be made before its first update.
            project.init();
            project.run("up", "--yes", "--skip-preview");
            await query(port, "orders", "SELECT 1");
        });
    } finally {
        await runOrFail(join(programs, "pg_ctl"), ["stop", "-w", "-m", "immediate", "-D", data]);
        project.remove();
        rmSync(directory, { recursive: true, force: true });
    }
}

async function query(port: number, database: string, sql: string): Promise<void> {
    const client = new Client({ host: "localhost", port, database, user: "bench", password: "bench" });
    await client.connect();
    await client.query(sql);
    await client.end();
}
