import { existsSync } from "node:fs";
import { readdir, realpath } from "node:fs/promises";
import { dirname, join } from "node:path";
import { installImage } from "./container";
import type { Installation } from "./inputs";
import { findProgram, isVersion, newestFirst, searchPath } from "./programs";

/** Where packages put the scripts, beside the PATH. Debian's on the PATH are wrappers that want to change the user. */
const scriptDirectories = ["/usr/lib/rabbitmq/bin", "/opt/homebrew/opt/rabbitmq/sbin", "/usr/local/opt/rabbitmq/sbin", "/opt/rabbitmq/sbin"];
/** Where releases lie side by side, as `rabbitmq_server-<version>`. */
const releaseDirectories = ["/usr/lib/rabbitmq/lib", "/opt"];

/** Finds RabbitMQ, or fetches its image. */
export async function installRabbitmq(version: string | undefined): Promise<Installation> {
    const found = await findReleases();
    const fitting = found.find((installation) => isVersion(installation.version, version));
    const installation = fitting ?? (await installImage(`rabbitmq:${version ?? "4"}-management`, "RABBITMQ_VERSION"));
    if (!installation) {
        const others = found.map(({ version, location }) => `${version} in ${location}`).join(", ");
        throw new Error(
            `This machine has no RabbitMQ${version === undefined ? "" : ` ${version}`} and no Docker to run it in` +
                `${others === "" ? "" : ` (found: ${others}; name its major version to use it)`}. ` +
                "Install one of them: apt-get install rabbitmq-server (Debian, Ubuntu; the package's own service may stay off); brew install rabbitmq; or Docker.",
        );
    }
    return installation;
}

export async function plannedRabbitmq(version: string | undefined): Promise<string | undefined> {
    return (await findReleases()).find((installation) => isVersion(installation.version, version))?.version;
}

/** The releases on this machine that can run, newest first. */
async function findReleases(): Promise<Installation[]> {
    if (!findProgram("erl")) {
        return [];
    }
    const releases = await Promise.all(
        releaseDirectories.map(async (directory) => {
            const names = await readdir(directory).catch((): string[] => []);
            return names.filter((name) => name.startsWith("rabbitmq_server-")).map((name) => join(directory, name, "sbin"));
        }),
    );
    const found = new Map<string, Installation>();
    for (const directory of [...releases.flat(), ...scriptDirectories, ...searchPath()]) {
        const release = await releaseOf(directory);
        if (release) {
            found.set(release.location, release);
        }
    }
    return [...found.values()].sort((a, b) => newestFirst(a.version, b.version));
}

/** The release that a directory's `rabbitmq-server` belongs to: the plugin `rabbit` beside the scripts has its version. */
async function releaseOf(directory: string): Promise<Installation | undefined> {
    const script = join(directory, "rabbitmq-server");
    if (!existsSync(script)) {
        return undefined;
    }
    const location = dirname(await realpath(script));
    const plugins = await readdir(join(location, "..", "plugins")).catch((): string[] => []);
    const version = plugins.map((name) => /^rabbit-(\d+(\.\d+)+)/.exec(name)?.[1]).find((text) => text !== undefined);
    return version === undefined ? undefined : { version, location };
}
