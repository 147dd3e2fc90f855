import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { serviceAccount } from "../../providers/local/server/account";
import { freePort } from "../../providers/local/server/ports";

/** Starts PostgreSQL by hand on a kept data directory, as its documentation tells; stops it when `action` has ended. */
export async function runServer<Result>(directory: string, programs: string, action: (where: { uri: string }) => Promise<Result>): Promise<Result> {
    const port = await freePort();
    const data = join(directory, "data");
    // The configuration names the old place of these; the command line wins over it.
    const moved = { port: String(port), data_directory: data, hba_file: join(data, "pg_hba.conf"), log_directory: join(directory, "log") };
    const tls = { ssl_cert_file: join(directory, "tls", "server.crt"), ssl_key_file: join(directory, "tls", "server.key") };
    const options = Object.entries({ ...moved, ...tls }).map(([name, value]) => `-c ${name}=${value}`);
    control(programs, ["start", "--wait", "--silent", "--pgdata", data, "--log", "/dev/null", "--options", options.join(" ")]);
    try {
        const { username, password } = JSON.parse(readFileSync(join(directory, "admin.json"), "utf8"));
        const certificates = encodeURIComponent(join(directory, "tls", "ca.crt"));
        return await action({ uri: `postgresql://${username}:${password}@localhost:${port}/orders?sslmode=verify-full&sslrootcert=${certificates}` });
    } finally {
        control(programs, ["stop", "--wait", "--silent", "--mode", "fast", "--pgdata", data]);
    }
}

function control(programs: string, args: readonly string[]): void {
    const { status, stderr } = spawnSync(join(programs, "pg_ctl"), args, {
        ...serviceAccount(),
        cwd: "/",
        stdio: ["ignore", "ignore", "pipe"],
        encoding: "utf8",
    });
    if (status !== 0) {
        throw new Error(`pg_ctl ${args[0]} failed: ${stderr}`);
    }
}

/** A process of the servers' account that has nothing to do with any of them. */
export async function startIdleProcess(): Promise<ChildProcess> {
    const child = spawn("sleep", ["600"], { ...serviceAccount(), cwd: "/", stdio: "ignore" });
    await once(child, "spawn");
    return child;
}
