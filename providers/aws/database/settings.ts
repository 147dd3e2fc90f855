import type { DatabaseSpec } from "../../../components/backend";
import { type Problem, show } from "../../../components/validation";

/** A parameter as RDS takes it. */
export interface Parameter {
    readonly name: string;
    readonly value: string;
    /** Static parameters are read when the server starts. */
    readonly applyMethod: "immediate" | "pending-reboot";
}

/** What this backend decides on: connections are encrypted, passwords are hashed well, and what happens is logged. */
const own: Readonly<Record<string, string>> = {
    "rds.force_ssl": "1",
    ssl_min_protocol_version: "TLSv1.2",
    password_encryption: "scram-sha-256",
    log_connections: "1",
    log_disconnections: "1",
    log_lock_waits: "1",
};

/** What the user's settings may change. */
const defaults: Readonly<Record<string, string>> = { log_statement: "ddl", log_min_duration_statement: "1000" };

/** The parameters of a server: RDS derives those of memory from the machine itself. */
export function parametersOf({ settings }: DatabaseSpec): Parameter[] {
    const given = Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, toRds(name, value) ?? value]));
    return Object.entries({ ...defaults, ...given, ...own })
        .sort(([one], [other]) => (one < other ? -1 : 1))
        .map(([name, value]) => ({ name, value, applyMethod: statics.has(name) ? "pending-reboot" : "immediate" }));
}

/** What is wrong with `settings`, all of it. Whether RDS knows a parameter only RDS can tell. */
export function settingProblems({ settings }: DatabaseSpec): Problem[] {
    return Object.entries(settings).flatMap(([name, value]) => {
        const reason = settingProblem(name, value);
        return reason === undefined ? [] : [{ property: `settings.${name}`, reason }];
    });
}

function settingProblem(name: string, value: string): string | undefined {
    if (!/^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$/.test(name)) {
        return 'is none of PostgreSQL\'s: a name is of lower-case letters, like "work_mem" or "rds.logical_replication".';
    }
    if (own[name] !== undefined || reserved.has(name) || /^ssl_/.test(name)) {
        return "can't be changed: RDS or this library sets it, to keep the server encrypted, logged and reachable. Remove it.";
    }
    if (/\p{Cc}/u.test(value)) {
        return "must not hold a line break or another control character.";
    }
    if (name === "log_statement" && value === "none") {
        return 'must be ddl, mod or all, got "none": changes of the schema are logged. Remove it.';
    }
    if (name === "log_min_duration_statement" && toRds(name, value) === "-1") {
        return "must be a duration, got -1: slow statements are logged.";
    }
    if (units[name] !== undefined && toRds(name, value) === undefined) {
        return `must be a number, with a unit or in ${units[name]}, got ${show(value)}.`;
    }
    return undefined;
}

/** RDS takes plain numbers in PostgreSQL's base unit of a parameter, and 0 and 1. Undefined where a value can't be read. */
function toRds(name: string, value: string): string | undefined {
    const text = value.trim();
    const base = units[name];
    if (base === undefined) {
        return { on: "1", off: "0", true: "1", false: "0" }[text.toLowerCase()] ?? text;
    }
    const [, number, unit] = /^(-?\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB|us|ms|s|min|h|d)?$/.exec(text) ?? [];
    if (number === undefined) {
        return undefined;
    }
    if (unit === undefined || Number(number) < 0) {
        return number;
    }
    const family = [bytes, milliseconds].find((one) => one[unit] !== undefined && one[base] !== undefined);
    return family === undefined ? undefined : String(Math.round((Number(number) * (family[unit] as number)) / (family[base] as number)));
}

const bytes: Readonly<Record<string, number>> = { B: 1, kB: 1024, "8kB": 8192, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 };
const milliseconds: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, min: 60_000, h: 3_600_000, d: 86_400_000 };

/** The base unit of parameters that have one: `unit` of `pg_settings` in PostgreSQL 14 to 18. */
const units: Readonly<Record<string, string>> = {
    ...unit("8kB", "shared_buffers", "effective_cache_size", "temp_buffers", "wal_buffers", "min_parallel_index_scan_size", "min_parallel_table_scan_size"),
    ...unit("kB", "work_mem", "maintenance_work_mem", "autovacuum_work_mem", "logical_decoding_work_mem", "temp_file_limit", "gin_pending_list_limit"),
    ...unit("MB", "max_wal_size", "min_wal_size", "wal_keep_size", "max_slot_wal_keep_size"),
    ...unit("ms", "statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "idle_session_timeout", "transaction_timeout"),
    ...unit("ms", "deadlock_timeout", "log_min_duration_statement", "log_autovacuum_min_duration", "autovacuum_vacuum_cost_delay", "vacuum_cost_delay"),
    ...unit("ms", "max_standby_archive_delay", "max_standby_streaming_delay", "wal_receiver_timeout", "wal_sender_timeout", "wal_writer_delay"),
    ...unit("ms", "bgwriter_delay", "tcp_user_timeout"),
    ...unit("s", "checkpoint_timeout", "autovacuum_naptime", "checkpoint_warning", "tcp_keepalives_idle", "tcp_keepalives_interval", "authentication_timeout"),
};

function unit(name: string, ...parameters: readonly string[]): Record<string, string> {
    return Object.fromEntries(parameters.map((parameter) => [parameter, name]));
}

/** What RDS doesn't let one change, or what would end the server. */
const reserved: ReadonlySet<string> = new Set([
    ...["ssl", "port", "listen_addresses", "data_directory", "config_file", "hba_file", "ident_file", "archive_command", "archive_mode"],
    ...["fsync", "full_page_writes", "wal_level", "hot_standby", "logging_collector", "log_destination", "unix_socket_directories"],
]);

/** Parameters of which PostgreSQL reads a change at its start only: `context` "postmaster" of `pg_settings`, and RDS's own. */
const statics: ReadonlySet<string> = new Set([
    ...["shared_buffers", "max_connections", "shared_preload_libraries", "max_worker_processes", "wal_buffers", "max_wal_senders"],
    ...["max_replication_slots", "max_prepared_transactions", "max_locks_per_transaction", "max_pred_locks_per_transaction", "huge_pages"],
    ...["track_commit_timestamp", "track_activity_query_size", "superuser_reserved_connections", "autovacuum_freeze_max_age"],
    ...["autovacuum_multixact_freeze_max_age", "autovacuum_max_workers", "max_logical_replication_workers", "max_files_per_process"],
    ...["old_snapshot_threshold", "rds.logical_replication", "rds.extensions", "pg_stat_statements.max", "cron.database_name"],
]);
