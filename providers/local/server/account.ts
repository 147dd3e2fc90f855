import { spawnSync } from "node:child_process";
import { chown } from "node:fs/promises";

/** The account that servers run as. */
export interface Account {
    readonly uid: number;
    readonly gid: number;
}

/** Names looked for when root starts servers: PostgreSQL refuses to run as root, and nothing else should either. */
const unprivilegedAccounts = ["postgres", "nobody"];

let found: Account | undefined;

export function isRoot(): boolean {
    return process.getuid?.() === 0;
}

/** The account to drop to; undefined when this process is unprivileged already. */
export function serviceAccount(): Account | undefined {
    if (!isRoot()) {
        return undefined;
    }
    for (const name of unprivilegedAccounts) {
        found ??= lookUp(name);
    }
    if (!found) {
        throw new Error(
            `Servers don't run as root, and this machine has none of the accounts ${unprivilegedAccounts.join(", ")}. Make one, or run as another user.`,
        );
    }
    return found;
}

/** Gives a file or directory to the service account. */
export async function handOver(path: string): Promise<void> {
    const account = serviceAccount();
    if (account) {
        await chown(path, account.uid, account.gid);
    }
}

function lookUp(name: string): Account | undefined {
    const [uid, gid] = ["-u", "-g"].map((flag) => spawnSync("id", [flag, name], { encoding: "utf8" }).stdout?.trim());
    return uid && gid ? { uid: Number(uid), gid: Number(gid) } : undefined;
}
