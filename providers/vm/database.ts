import type { Context, DatabaseSpec, Service, ServiceRequest } from "../../components/backend";
import { type Problem, show } from "../../components/validation";
import type { VmConfig } from "./config";
import { placementProblems } from "./placement";
import { provisionServer } from "./provision";

/** PostgreSQL of the host's own packages. */
export function provisionDatabase(ctx: Context, config: VmConfig, spec: DatabaseSpec): Service {
    const { backups } = config;
    return provisionServer(ctx, config, spec, {
        path: spec.databaseName,
        settings: { ...impliedSettings(spec), ...spec.settings },
        ...(backups === undefined ? {} : { backups: { ...defaultBackups, ...backups } }),
    });
}

const defaultBackups = { schedule: "*-*-* 02:00:00", keep: 7, directory: "/var/backups/postgresql" };

export function databaseProblems(request: ServiceRequest<VmConfig, DatabaseSpec>): Problem[] {
    const { databaseName, settings } = request.spec;
    const problems = placementProblems(request);
    if (["postgres", "template0", "template1"].includes(databaseName)) {
        problems.push({ property: "databaseName", reason: `${show(databaseName)} is the server's own. Choose another.` });
    }
    if (request.spec.pointInTimeRecovery && request.config.backups === undefined) {
        problems.push({ property: "pointInTimeRecovery", reason: `needs backups: set ${request.configPath}.backups, such as { keep: 7 }.` });
    }
    for (const [name, value] of Object.entries(settings)) {
        const property = `settings.${name}`;
        if (!/^[a-z_][a-z0-9_$]*(\.[a-z_][a-z0-9_$]*)?$/.test(name)) {
            problems.push({ property, reason: 'is none of PostgreSQL\'s: a name is of lower-case letters, like "work_mem" or "pg_stat_statements.max".' });
        } else if (reserved.test(name)) {
            problems.push({ property, reason: "can't be changed: the vm backend sets it, to keep the server private, encrypted and findable. Remove it." });
        } else if (/\p{Cc}/u.test(value)) {
            problems.push({ property, reason: "must not hold a line break or another control character." });
        }
    }
    return problems;
}

/** What this backend or Debian's tools decide on. */
const reserved =
    /^(archive_\w+|restore_command|recovery_\w+|config_file|data_directory|external_pid_file|hba_file|ident_file|include\w*|listen_addresses|log_connections|password_encryption|port|ssl|ssl_\w+|unix_socket_\w+|cluster_name|fsync|full_page_writes)$/;

/** What the size implies, as PostgreSQL's documentation advises for a dedicated server; the user's settings win over it. */
function impliedSettings({ size }: DatabaseSpec): Record<string, string> {
    const megabytes = Math.round(size.memoryGb * 1024);
    const workers = Math.max(1, Math.round(size.cpu));
    const largest = Math.max(64, Math.min(16 * 1024, size.storageGb * 128));
    return {
        shared_buffers: `${Math.max(16, Math.round(megabytes / 4))}MB`,
        effective_cache_size: `${Math.max(32, Math.round((megabytes * 3) / 4))}MB`,
        maintenance_work_mem: `${Math.max(16, Math.round(megabytes / 16))}MB`,
        max_parallel_workers: String(workers),
        max_parallel_workers_per_gather: String(Math.min(2, workers)),
        max_connections: "100",
        // PostgreSQL's own figures fill a small disk with the write-ahead log.
        max_wal_size: `${largest}MB`,
        min_wal_size: `${Math.min(80, largest / 2)}MB`,
        log_timezone: "UTC",
        timezone: "UTC",
    };
}
