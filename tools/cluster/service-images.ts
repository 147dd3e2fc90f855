import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ensureArtefact } from "../toolchain/artefact";
import { type Env, readJson, writeJson } from "../toolchain/cache";
import type { Progress } from "../toolchain/toolchain";
import { type Image, writeArchive } from "./archive";
import { ClusterError, must } from "./command";
import type { Places } from "./places";

/** The images that tests put into their programs. */
export interface ServiceImages {
    /** By major version. */
    readonly postgresql: Record<string, string>;
    readonly rabbitmq: string;
    readonly valkey: string;
    /** For a Pooler of CloudNativePG. */
    readonly pgbouncer: string;
}

const PREPARE = join(__dirname, "images", "prepare.sh");

/** The images of the services, from Debian's packages. The two releases of Debian have different majors of PostgreSQL. */
export async function ensureServiceImages(env: Env, places: Places, progress: Progress): Promise<{ archives: string[]; images: ServiceImages }> {
    const what = "images of PostgreSQL, PgBouncer, RabbitMQ and Valkey from Debian's packages";
    const directory = places.built("services", __filename, join(__dirname, "archive.ts"), PREPARE);
    const releases = ["trixie", "bookworm"];
    await ensureArtefact({ directory, lock: places.lock("services"), title: what, what, minutes: 4 }, progress, async ({ out, scratch }) => {
        const old = await debian("bookworm", ["postgresql-15"], env, scratch);
        await writeArchive([postgresql("15", old)], scratch, join(out, "bookworm.tar"));
        const current = await debian("trixie", ["postgresql-17", "pgbouncer", "rabbitmq-server", "valkey-server"], env, scratch);
        const newest = { postgresql: postgresql("17", current), pgbouncer: pgbouncer(current), rabbitmq: rabbitmq(current), valkey: valkey(current) };
        await writeArchive(Object.values(newest), scratch, join(out, "trixie.tar"));
        const images: ServiceImages = {
            postgresql: { 15: postgresql("15", old).name, 17: newest.postgresql.name },
            pgbouncer: newest.pgbouncer.name,
            rabbitmq: newest.rabbitmq.name,
            valkey: newest.valkey.name,
        };
        writeJson(join(out, "images.json"), images);
    });
    const images = readJson<ServiceImages>(join(directory, "images.json"));
    if (!images) throw new ClusterError(`${directory} is damaged; remove it`);
    return { archives: releases.map((release) => join(directory, `${release}.tar`)), images };
}

/** The root tree of a Debian release with some packages. */
interface Tree {
    readonly layer: string;
    versionOf(name: string): string;
}

async function debian(release: string, packages: readonly string[], env: Env, scratch: string): Promise<Tree> {
    const layer = join(scratch, `${release}.tar`);
    const versions = join(scratch, `${release}.versions`);
    const without = ["doc", "man", "locale", "info"].map((folder) => `--dpkgopt=path-exclude=/usr/share/${folder}/*`);
    const options = ["--mode=root", "--variant=minbase", '--aptopt=Apt::Install-Recommends "false"', ...without];
    const include = [...packages, "ca-certificates", "locales", "procps"].join(",");
    await must("mmdebstrap", [...options, `--include=${include}`, `--customize-hook=sh -eu '${PREPARE}' "$1" '${versions}'`, release, layer], {
        env: { ...env, TMPDIR: scratch },
        timeout: 1_200_000,
    });
    const lines = readFileSync(versions, "utf8").split("\n");
    return {
        layer,
        versionOf(name) {
            const version = lines.find((line) => line.startsWith(`${name} `))?.match(/ (?:\d+:)?(\d+(?:\.\d+)*)/)?.[1];
            if (!version) throw new ClusterError(`Debian ${release} has no version of ${name} that can be read`);
            return version;
        },
    };
}

const SYSTEM_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** CloudNativePG reads the version from the tag, runs it as user 26, and looks for the programs on the PATH. */
function postgresql(major: string, tree: Tree): Image {
    return {
        name: `localhost/postgresql:${tree.versionOf(`postgresql-${major}`)}`,
        layer: tree.layer,
        config: { User: "26", Env: [`PATH=/usr/lib/postgresql/${major}/bin:${SYSTEM_PATH}`, "LANG=C.UTF-8"] },
    };
}

/** A Pooler starts the operator's own manager as user 998, and that starts /usr/bin/pgbouncer. */
function pgbouncer(tree: Tree): Image {
    return { name: `localhost/pgbouncer:${tree.versionOf("pgbouncer")}`, layer: tree.layer, config: { User: "998", Cmd: ["pgbouncer"] } };
}

/** The operator runs it as user 999. Debian's wrappers in /usr/sbin want to be root, so the scripts they wrap come first on the PATH. */
function rabbitmq(tree: Tree): Image {
    const version = tree.versionOf("rabbitmq-server");
    const home = `/usr/lib/rabbitmq/lib/rabbitmq_server-${version}`;
    return {
        name: `localhost/rabbitmq:${version}`,
        layer: tree.layer,
        config: {
            User: "999",
            Cmd: ["rabbitmq-server"],
            Env: [`PATH=${home}/sbin:${SYSTEM_PATH}`, "LANG=C.UTF-8", "HOME=/var/lib/rabbitmq", "RABBITMQ_LOGS=-", `RABBITMQ_HOME=${home}`],
        },
    };
}

function valkey(tree: Tree): Image {
    return {
        name: `localhost/valkey:${tree.versionOf("valkey-server")}`,
        layer: tree.layer,
        config: { User: "999", WorkingDir: "/data", Cmd: ["valkey-server"] },
    };
}
