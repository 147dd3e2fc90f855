import type { DatabaseSpec } from "../../../components/backend";
import { hash } from "../../../components/names";
import { type Problem, show } from "../../../components/validation";
import { settingsMark } from "../server/postgresql-names";

/** PostgreSQL's settings as CloudNativePG takes them. */
export interface Settings {
    /** With {@link settingsMark}, by whose value a server tells that it has read them. */
    readonly parameters: Readonly<Record<string, string>>;
    readonly preloadLibraries: readonly string[];
}

/** GiB of the volume of the write-ahead log. */
export function walStorageGb({ size }: DatabaseSpec): number {
    return Math.max(2, Math.ceil(size.storageGb / 4));
}

/** Whether the write-ahead log has a volume of its own, so that a full one of data doesn't end the server. */
export function hasWalStorage({ durability }: DatabaseSpec): boolean {
    return durability !== "ephemeral";
}

/** What the size implies, as PostgreSQL's documentation advises for a dedicated server; `spec.settings` win over it. */
export function settingsOf(spec: DatabaseSpec): Settings {
    const { size, settings } = spec;
    const megabytes = Math.round(size.memoryGb * 1024);
    const workers = Math.max(1, Math.round(size.cpu));
    const { shared_preload_libraries: libraries = "", ...given } = settings;
    const parameters = {
        shared_buffers: `${Math.max(16, Math.round(megabytes / 4))}MB`,
        effective_cache_size: `${Math.max(32, Math.round((megabytes * 3) / 4))}MB`,
        maintenance_work_mem: `${Math.max(16, Math.round(megabytes / 16))}MB`,
        max_parallel_workers: String(workers),
        max_parallel_workers_per_gather: String(Math.min(2, workers)),
        max_connections: "100",
        ...walSizes(spec),
        password_encryption: "scram-sha-256",
        log_timezone: "UTC",
        timezone: "UTC",
        // Lets the operator load the extension.
        "pg_stat_statements.max": "5000",
        ...given,
    };
    const preloadLibraries = libraries
        .split(",")
        .map((library) => library.trim())
        .filter((library) => library !== "");
    return { parameters: { ...parameters, [settingsMark]: hash(JSON.stringify([parameters, preloadLibraries])) }, preloadLibraries };
}

/** PostgreSQL's own figures fill a small volume with its write-ahead log. */
function walSizes(spec: DatabaseSpec): Record<string, string> {
    const most = hasWalStorage(spec) ? Math.min(16 * 1024, walStorageGb(spec) * 512) : Math.min(1024, spec.size.storageGb * 256);
    const largest = Math.max(64, Math.floor(most));
    return {
        max_wal_size: `${largest}MB`,
        min_wal_size: `${Math.min(80, largest / 2)}MB`,
        wal_keep_size: `${Math.min(512, Math.floor(largest / 2))}MB`,
    };
}

/** What is wrong with `settings`, all of it. That a value is none of PostgreSQL's only the server can tell. */
export function settingProblems(spec: DatabaseSpec): Problem[] {
    return Object.entries(spec.settings).flatMap(([name, value]) => {
        const reason = settingProblem(spec, name, value);
        return reason === undefined ? [] : [{ property: `settings.${name}`, reason }];
    });
}

function settingProblem(spec: DatabaseSpec, name: string, value: string): string | undefined {
    if (!/^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)?$/.test(name)) {
        return 'is none of PostgreSQL\'s: a name is of lower-case letters, like "work_mem" or "pg_stat_statements.max".';
    }
    if (isReserved(name)) {
        return "can't be changed: CloudNativePG or this library sets it, to keep the server replicated, encrypted and findable. Remove it.";
    }
    if (/\p{Cc}/u.test(value)) {
        return "must not hold a line break or another control character.";
    }
    if (name === "wal_level" && value !== "logical" && value !== "replica") {
        return `must be logical or replica, got ${show(value)}: the server archives or replicates its log.`;
    }
    const limit = sizeLimit(spec, name);
    if (limit === undefined) {
        return undefined;
    }
    const megabytes = parseMegabytes(value);
    if (megabytes === undefined) {
        return `must be a number with its unit, such as "512MB" or "2GB", got ${show(value)}.`;
    }
    if (limit.megabytes !== undefined && megabytes >= limit.megabytes) {
        return `must be less than the ${limit.of}, ${limit.megabytes} MB, got ${show(value)}. ${limit.remedy}`;
    }
    return undefined;
}

interface Limit {
    readonly of: string;
    readonly megabytes?: number;
    readonly remedy: string;
}

/** What CloudNativePG compares with the sizes of memory and volumes. */
function sizeLimit(spec: DatabaseSpec, name: string): Limit | undefined {
    switch (name) {
        case "shared_buffers":
            return { of: "server's memory", megabytes: Math.round(spec.size.memoryGb * 1024), remedy: "A quarter is usual; or set memoryGb." };
        case "max_wal_size":
        case "min_wal_size":
            return {
                of: "volume of the write-ahead log",
                ...(hasWalStorage(spec) ? { megabytes: walStorageGb(spec) * 1024 } : {}),
                remedy: "That is a quarter of storageGb, and 2 GiB at least.",
            };
        default:
            return undefined;
    }
}

function parseMegabytes(value: string): number | undefined {
    const [, digits, unit] = /^(\d+) ?(kB|MB|GB|TB)$/.exec(value.trim()) ?? [];
    const factor = { kB: 1 / 1024, MB: 1, GB: 1024, TB: 1024 ** 2 }[unit ?? ""];
    return factor === undefined ? undefined : Number(digits) * factor;
}

function isReserved(name: string): boolean {
    return reserved.has(name) || reservedPrefixes.some((prefix) => name.startsWith(prefix));
}

const reservedPrefixes = ["ssl_", "recovery_", "unix_socket_", "syslog_", "cnpg.", "data_services."];

/** What CloudNativePG refuses or decides on, as of 1.28 to 1.30, and what this library decides on. */
const reserved: ReadonlySet<string> = new Set([
    ...["allow_alter_system", "allow_system_table_mods", "archive_cleanup_command", "archive_command", "archive_mode", "bonjour", "bonjour_name"],
    ...["cluster_name", "config_file", "data_directory", "data_sync_retry", "event_source", "external_pid_file", "full_page_writes", "fsync"],
    ...["hba_file", "hot_standby", "ident_file", "jit_provider", "listen_addresses", "log_destination", "log_directory", "log_file_mode"],
    ...["log_filename", "log_rotation_age", "log_rotation_size", "log_truncate_on_rotation", "logging_collector", "password_encryption"],
    ...["pg_failover_slots.primary_dsn", "pg_failover_slots.standby_slot_names", "port", "primary_conninfo", "primary_slot_name"],
    ...["promote_trigger_file", "restart_after_crash", "restore_command", "role", "session_authorization", "ssl", "stats_temp_directory"],
    ...["synchronized_standby_slots", "synchronous_standby_names", "temp_tablespaces", "wal_log_hints"],
]);
