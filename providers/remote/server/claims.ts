/**
 * Whose a database or vhost of a shared server is. Users are named as their services, so a second stack with a service of the same name would give the
 * first one's users other passwords: the mark on the database or vhost keeps it out. Caches have nothing to put a mark on.
 */
import { escapeIdentifier, escapeLiteral } from "pg";
import { clientConfig, withClient } from "../../protocols/postgresql";
import type { Admin } from "../../protocols/protocol";
import { ManagementApi } from "../../protocols/rabbitmq";
import type { ReachedServer } from "./admin";
import type { RemoteServerInputs } from "./inputs";
import { RemoteError, subjectOf } from "./trouble";

/** How a mark is kept: "pulumi-data-services <id> <whose>", with an id that the service keeps for life, whatever its stack is called later. */
interface Marks {
    get(admin: Admin, path: string): Promise<string | undefined>;
    /** @param mark undefined takes it away */
    set(admin: Admin, path: string, mark: string | undefined): Promise<void>;
    /** How a person takes it away. */
    howToRemove(path: string): string;
}

const prefix = "pulumi-data-services";

/** A comment of the database. */
const databaseMarks: Marks = {
    async get(admin, path) {
        const text = "SELECT shobj_description(oid, 'pg_database') AS mark FROM pg_database WHERE datname = $1";
        const { rows } = await withClient(clientConfig(admin, "postgres"), (client) => client.query(text, [path]));
        return rows[0]?.mark ?? undefined;
    },
    async set(admin, path, mark) {
        const text = `COMMENT ON DATABASE ${escapeIdentifier(path)} IS ${mark === undefined ? "NULL" : escapeLiteral(mark)}`;
        await withClient(clientConfig(admin, "postgres"), (client) => client.query(text));
    },
    howToRemove: (path) => `COMMENT ON DATABASE ${escapeIdentifier(path)} IS NULL`,
};

/** A global parameter: every version has them, and a vhost's own description belongs to people. */
const vhostMarks: Marks = {
    async get(admin, path) {
        const value = await new ManagementApi(admin).globalParameter(`${prefix}:${path}`);
        return value === undefined ? undefined : String(value);
    },
    set: (admin, path, mark) => new ManagementApi(admin).setGlobalParameter(`${prefix}:${path}`, mark),
    howToRemove: (path) => `rabbitmqctl clear_global_parameter '${prefix}:${path}'`,
};

const marks: Partial<Record<RemoteServerInputs["kind"], Marks>> = { database: databaseMarks, queue: vhostMarks };

/** @throws RemoteError where the database or vhost is another service's. `mark` may be unknown still: then every mark is another's. */
export async function checkClaim({ path, mark, ...inputs }: RemoteServerInputs, { admin }: ReachedServer): Promise<void> {
    const kept = marks[inputs.kind];
    if (path === undefined || mark === undefined || kept === undefined) {
        return;
    }
    const found = await kept.get(admin, path);
    if (found?.startsWith(`${prefix} `) && idOf(found) !== idOf(mark)) {
        const what = inputs.kind === "database" ? "database" : "vhost";
        throw new RemoteError(
            "claimed",
            `${subjectOf(inputs)}: the ${what} "${path}" there belongs to ${found.split(" ").slice(2).join(" ")} already, whose users this one would take over. ` +
                `Set ${inputs.kind === "database" ? "databaseName" : "vhost"} to another name, or give the service one. ` +
                `If that stack is gone for good, take its mark away: ${kept.howToRemove(path)}`,
        );
    }
}

/** Marks what is there now. What people wrote in the mark's place stays. */
export async function claim({ kind, path, mark }: RemoteServerInputs, { admin }: ReachedServer): Promise<void> {
    const kept = marks[kind];
    if (path !== undefined && mark !== undefined && kept !== undefined) {
        const found = await kept.get(admin, path);
        if (found === undefined || (found !== mark && found.startsWith(`${prefix} `))) {
            await kept.set(admin, path, mark);
        }
    }
}

/** Takes the mark away, if it is this service's. */
export async function release({ kind, path, mark }: RemoteServerInputs, { admin }: ReachedServer): Promise<void> {
    const kept = marks[kind];
    if (path !== undefined && mark !== undefined && kept !== undefined) {
        const found = await kept.get(admin, path);
        if (found?.startsWith(`${prefix} `) && idOf(found) === idOf(mark)) {
            await kept.set(admin, path, undefined);
        }
    }
}

function idOf(mark: string): string | undefined {
    return mark.split(" ")[1];
}
