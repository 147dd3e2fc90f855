/** Schemas, extensions, grants and whatever else `@pulumi/postgresql` has, on a database of any backend. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import type { Provider } from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { loadOptional } from "../../components/optional-package";
import type { ServiceBinding } from "../../components/service-binding";
import { throwProblems } from "../../components/validation";

/**
 * A provider of `@pulumi/postgresql` that logs in as a binding's user: what it makes belongs to the group of the binding's access level, so that every
 * other binding of the database can use it. The machine that runs `up` must reach the database: these connections go through no bastion.
 *
 * @param binding of a database; with `access: "owner"`, the only one that may make schemas and extensions
 * @param name the provider's logical name. @default `<binding>-postgresql`
 * @example
 * const owner = orders.bind("owner", { access: "owner" });
 * const provider = postgresqlProvider(owner);
 * new postgresql.Schema("app", { name: "app" }, { provider });
 */
export function postgresqlProvider(binding: ServiceBinding, name = `${binding.name}-postgresql`, opts: pulumi.ResourceOptions = {}): Provider {
    check(binding);
    const { Provider: PostgresqlProvider } = load();
    // The whole of a binding's values is secret; of these two nothing is.
    const part = (key: "database" | "certificates") => pulumi.unsecret(binding.values.apply((values) => values[key]));
    return new PostgresqlProvider(
        name,
        {
            host: binding.host,
            port: binding.port,
            username: binding.username,
            password: binding.password,
            database: part("database"),
            sslmode: "verify-full",
            sslrootcert: part("certificates").apply((certificates) => (certificates === undefined ? undefined : certificatesFile(certificates))),
            // The user of a binding is never one; else the plugin would read pg_authid.
            superuser: false,
        },
        opts,
    );
}

function check(binding: ServiceBinding): void {
    const problems = [];
    if (binding.kind !== "database") {
        problems.push({ property: "binding", reason: `must be of a database, got one of a ${binding.kind}.` });
    } else if (binding.access !== "owner") {
        problems.push({
            property: "binding",
            reason: `must have access "owner", got "${binding.access}": no other user may make schemas and extensions. Make one: bind("owner", { access: "owner" }).`,
        });
    }
    throwProblems(`postgresqlProvider of the binding "${binding.name}"`, problems, postgresqlProvider);
}

/**
 * The plugin takes certificates by the name of a file only. It is named by what is in it, in a directory that only this user writes to: whoever could
 * put another authority there could read along.
 */
function certificatesFile(certificates: string): string {
    const cache = process.env.PULUMI_DATA_SERVICES_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-data-services");
    const directory = join(cache, "certificates");
    const file = join(directory, `${createHash("sha256").update(certificates).digest("hex").slice(0, 32)}.crt`);
    if (!existsSync(file)) {
        mkdirSync(directory, { recursive: true, mode: 0o700 });
        const unfinished = `${file}.${process.pid}`;
        writeFileSync(unfinished, certificates, { mode: 0o600 });
        renameSync(unfinished, file);
    }
    return file;
}

function load(): typeof import("@pulumi/postgresql") {
    return loadOptional(
        () => require("@pulumi/postgresql"),
        'postgresqlProvider needs the package "@pulumi/postgresql", which isn\'t installed beside pulumi-data-services. Run: npm install @pulumi/postgresql',
    );
}
