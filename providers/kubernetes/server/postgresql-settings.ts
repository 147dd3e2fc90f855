import { withClient } from "../../protocols/postgresql";
import { postgresqlPort as port } from "./addresses";
import type { Api } from "./api";
import type { ServerInputs } from "./inputs";
import type { Pod } from "./pods";
import { administrator, settingsMark } from "./postgresql-names";
import type { Pending } from "./waiting";

/** Asks every server itself: which settings it has read, whether it waits for a restart, and by which name its certificate lets it be found. */
export async function serversPending(api: Api, inputs: ServerInputs, servers: readonly Pod[]): Promise<Pending | undefined> {
    for (const { metadata } of servers) {
        const pending = await api.withForward(inputs.namespace, metadata.name, port, (local) => serverPending(inputs, metadata.name, local));
        if (pending !== undefined) {
            return pending;
        }
    }
    return undefined;
}

interface SettingsState {
    readonly mark: string | null;
    /** Settings that were read and need a restart. */
    readonly waiting: readonly string[] | null;
    /** Settings that the server refuses. */
    readonly refused: readonly { readonly name: string; readonly setting: string; readonly error: string }[] | null;
}

async function serverPending({ adminPassword, certificates, ...inputs }: ServerInputs, pod: string, local: number): Promise<Pending | undefined> {
    const servername = (inputs.front === undefined ? inputs.externalHost : undefined) ?? `${inputs.name}-rw.${inputs.namespace}.svc`;
    const config = {
        host: "127.0.0.1",
        port: local,
        user: administrator,
        password: adminPassword,
        database: "postgres",
        ssl: { ca: certificates, servername },
    };
    try {
        const { rows } = await withClient(config, (client) => client.query(settingsQuery, [settingsMark]));
        return settingsPending(rows[0] as SettingsState, inputs.settings, pod);
    } catch (error) {
        switch ((error as { code?: string }).code) {
            case "ERR_TLS_CERT_ALTNAME_INVALID":
                return { reason: `the server ${pod} has no certificate for ${servername} yet` };
            // The operator sets the password when the server has started.
            case "28P01":
                return { reason: `the server ${pod} doesn't let the administrator in yet` };
            default:
                throw error;
        }
    }
}

const settingsQuery = `
    SELECT current_setting($1, true) AS mark,
        (SELECT json_agg(name) FROM pg_settings WHERE pending_restart) AS waiting,
        (SELECT json_agg(file) FROM pg_file_settings AS file
            WHERE error IS NOT NULL AND name NOT IN (SELECT name FROM pg_settings WHERE pending_restart)) AS refused`;

function settingsPending({ mark, waiting, refused }: SettingsState, settings: Readonly<Record<string, string>>, pod: string): Pending | undefined {
    if (refused !== null && refused.length > 0) {
        const all = refused.map(({ name, setting, error }) => `settings.${name} = "${setting}" (${error})`);
        return { reason: `PostgreSQL refuses ${all.join(", ")}. Change or remove it.`, hopeless: true };
    }
    if (waiting !== null && waiting.length > 0) {
        return { reason: `the server ${pod} must restart for ${waiting.join(", ")}` };
    }
    return mark === settings[settingsMark] ? undefined : { reason: `the server ${pod} hasn't read its settings yet` };
}
