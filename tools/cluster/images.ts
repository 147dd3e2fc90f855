import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureArtefact } from "../toolchain/artefact";
import { type Env, readJson, writeJson } from "../toolchain/cache";
import type { Progress } from "../toolchain/toolchain";
import { type Image, type ImageConfig, tarOf, writeArchive } from "./archive";
import { ClusterError, must } from "./command";
import type { Places } from "./places";
import { VERSIONS } from "./versions";

/** The images that tests put into their programs. */
export interface ServiceImages {
    /** By major version. */
    readonly postgresql: Record<string, string>;
    readonly rabbitmq: string;
    readonly valkey: string;
}

const PREPARE = join(__dirname, "images", "prepare.sh");

/** The images of what runs inside the cluster: our own programs, each alone in its image, and busybox. Gives their archive. */
export async function ensureSystemImages(programs: string, runtime: string, places: Places, progress: Progress): Promise<string> {
    const what = "the cluster's own images";
    const directory = `${places.built("images", __filename, join(__dirname, "archive.ts"))}-${keyOf(programs)}-${keyOf(runtime)}`;
    await ensureArtefact({ directory, lock: places.lock("images"), title: what, what, minutes: 1 }, progress, async ({ out, scratch }) => {
        const images: Image[] = [];
        const add = async (name: string, config: ImageConfig, fill: (root: string) => void) => {
            const root = join(scratch, name.replace(/\W/g, "-"));
            mkdirSync(join(root, "tmp"), { recursive: true });
            chmodSync(join(root, "tmp"), 0o1777);
            fill(root);
            const layer = `${root}.tar`;
            await tarOf(root, layer);
            images.push({ name: `localhost/${name}`, layer, config });
        };
        const program = (name: string, version: string, path: string, config: ImageConfig = {}) =>
            add(`${name}:${version}`, { Entrypoint: [path], ...config }, (root) => {
                mkdirSync(dirname(join(root, path)), { recursive: true });
                cpSync(join(programs, "bin", name), join(root, path));
                // An instance of PostgreSQL takes the manager of its architecture from here.
                if (name === "cloudnative-pg") symlinkSync("operator/manager_amd64".replace("amd64", architecture()), join(root, "manager"));
            });
        await program("coredns", VERSIONS.coredns, "/coredns");
        await program("local-path-provisioner", VERSIONS.localPathProvisioner, "/local-path-provisioner");
        await program("cloudnative-pg", VERSIONS.cloudnativePg, `/operator/manager_${architecture()}`, { Entrypoint: ["/manager"], User: "65532:65532" });
        await program("rabbitmq-cluster-operator", VERSIONS.rabbitmqClusterOperator, "/manager", { User: "1000:1000" });
        await program("rabbitmq-topology-operator", VERSIONS.rabbitmqTopologyOperator, "/manager", { User: "1000:1000" });
        const busybox = join(runtime, "bin", "busybox");
        const applets = (await must(busybox, ["--list"])).split("\n").filter((name) => name !== "" && name !== "busybox");
        await add("busybox:1", { Cmd: ["sh"] }, (root) => {
            mkdirSync(join(root, "bin"));
            cpSync(busybox, join(root, "bin", "busybox"));
            for (const applet of applets) symlinkSync("busybox", join(root, "bin", applet));
        });
        const last = images.at(-1);
        if (last) images.push({ ...last, name: "localhost/pause:1", config: { Entrypoint: ["/bin/sleep", "2147483647"], User: "65535:65535" } });
        await writeArchive(images, scratch, join(out, "images.tar"));
    });
    return join(directory, "images.tar");
}

/** The images of the services, from Debian's packages. The two releases of Debian have different majors of PostgreSQL. */
export async function ensureServiceImages(env: Env, places: Places, progress: Progress): Promise<{ archives: string[]; images: ServiceImages }> {
    const what = "images of PostgreSQL, RabbitMQ and Valkey from Debian's packages";
    const directory = places.built("services", __filename, join(__dirname, "archive.ts"), PREPARE);
    const releases = ["trixie", "bookworm"];
    await ensureArtefact({ directory, lock: places.lock("services"), title: what, what, minutes: 4 }, progress, async ({ out, scratch }) => {
        const old = await debian("bookworm", ["postgresql-15"], env, scratch);
        await writeArchive([postgresql("15", old)], scratch, join(out, "bookworm.tar"));
        const current = await debian("trixie", ["postgresql-17", "rabbitmq-server", "valkey-server"], env, scratch);
        const images = [postgresql("17", current), rabbitmq(current), valkey(current)];
        await writeArchive(images, scratch, join(out, "trixie.tar"));
        const [newer, queue, cache] = images.map(({ name }) => name);
        writeJson(join(out, "images.json"), { postgresql: { 15: postgresql("15", old).name, 17: newer }, rabbitmq: queue, valkey: cache });
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

function architecture(): string {
    return process.arch === "x64" ? "amd64" : process.arch;
}

function keyOf(directory: string): string {
    return directory.match(/-([0-9a-f]{12})-/)?.[1] ?? "";
}
