import { chmodSync, cpSync, mkdirSync, symlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { ensureArtefact } from "../toolchain/artefact";
import type { Progress } from "../toolchain/toolchain";
import { type Image, type ImageConfig, tarOf, writeArchive } from "./archive";
import { must } from "./command";
import type { Places } from "./places";
import { VERSIONS } from "./versions";

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

function architecture(): string {
    return process.arch === "x64" ? "amd64" : process.arch;
}

function keyOf(directory: string): string {
    return directory.match(/-([0-9a-f]{12})-/)?.[1] ?? "";
}
