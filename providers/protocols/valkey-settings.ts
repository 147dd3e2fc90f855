/** The text of `valkey.conf`, whatever the backend. */
import type { Durability } from "../../components/durability";
import { type Problem, show } from "../../components/validation";

/** The user as whom a backend asks whether a server answers; it can do nothing else. */
export const prober = "data_services_probe";

/** Directives by name. Values are written as they are: some are lists of words, others one quoted text. */
export type Directives = Readonly<Record<string, string>>;

/** What the size, the durability and the eviction policy imply; the user's own settings win. */
export function impliedDirectives(memoryGb: number, durability: Durability, evictionPolicy: string): Directives {
    return {
        // A quarter is for the copies that a rewrite of the append-only file makes, for clients' buffers and for fragmentation.
        maxmemory: String(Math.floor(memoryGb * 0.75 * 2 ** 30)),
        "maxmemory-policy": evictionPolicy,
        appendfsync: { ephemeral: "no", standard: "everysec", critical: "always" }[durability],
        // The append-only file is the copy on disk; snapshots would write everything a second time.
        save: quote(""),
    };
}

/** Directives by which a server would lose its data, let others in, or be none that a single client can use. */
const neverTheUsers = [
    ...["user", "requirepass", "include", "rename-command", "tls-key-file-pass", "tls-ca-cert-dir", "appenddirname", "appendfilename"],
    ...["replicaof", "slaveof", "cluster-enabled", "rdma-port"],
];

/**
 * What is wrong with the user's settings.
 *
 * @param own the directives that the backend decides on
 */
export function settingProblems(backend: string, settings: Directives, own: readonly string[]): Problem[] {
    return Object.entries(settings).flatMap(([name, value]) => {
        const property = `settings.${name}`;
        if (!/^[a-z][a-z0-9-]*$/i.test(name)) {
            return [{ property, reason: 'is no setting of Valkey: a name holds letters, digits and "-".' }];
        }
        if (/[\r\n\0]/.test(value)) {
            return [{ property, reason: `must be one line, got ${show(value)}.` }];
        }
        if (own.includes(name.toLowerCase()) || neverTheUsers.includes(name.toLowerCase())) {
            return [
                {
                    property,
                    reason: `can't be changed: the backend "${backend}" sets it, to keep the server private, encrypted and its data in place. Remove it from settings.`,
                },
            ];
        }
        return [];
    });
}

/** The user's settings as directives. */
export function userDirectives(settings: Directives): Directives {
    return Object.fromEntries(Object.entries(settings).map(([name, value]) => [name.toLowerCase(), value.trim() || quote("")]));
}

/** The text of `valkey.conf`. */
export function formatDirectives(directives: Directives): string {
    const lines = Object.entries(directives).map(([name, value]) => `${name} ${value}`);
    return `# Written by pulumi-data-services; changes are overwritten. Use the settings of ManagedCache.\n${lines.join("\n")}\n`;
}

export function quote(text: string): string {
    return JSON.stringify(text);
}

/** `CONFIG SET` takes a value as it is, without the file's quotes. */
export function unquote(value: string): string {
    return /^".*"$/.test(value) ? JSON.parse(value) : value;
}
