import { createHash } from "node:crypto";
import { createReadStream, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { must } from "./command";

/** How a container starts. */
export interface ImageConfig {
    readonly Env?: readonly string[];
    readonly User?: string;
    readonly Entrypoint?: readonly string[];
    readonly Cmd?: readonly string[];
    readonly WorkingDir?: string;
}

/** A name with its tag, and the one layer that it is made of: a tar file. */
export interface Image {
    readonly name: string;
    readonly layer: string;
    readonly config: ImageConfig;
}

const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Makes a tar file of a folder, as if root had made it at the beginning of time. */
export async function tarOf(folder: string, file: string): Promise<void> {
    await must("tar", ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0", "-cf", file, "-C", folder, "."]);
}

/** Writes images as a file that containerd imports. Images may share a layer. The layers' files are moved. */
export async function writeArchive(images: readonly Image[], scratch: string, file: string): Promise<void> {
    const folder = join(scratch, "archive");
    mkdirSync(folder);
    const digests = new Map<string, string>();
    for (const { layer } of images) {
        if (digests.has(layer)) continue;
        const digest = await digestOf(layer);
        digests.set(layer, digest);
        renameSync(layer, join(folder, `${digest}.tar`));
    }
    const manifest = images.map(({ name, layer, config }) => {
        const digest = digests.get(layer);
        const content = JSON.stringify({
            architecture: process.arch === "x64" ? "amd64" : process.arch,
            os: "linux",
            created: "1970-01-01T00:00:00Z",
            config: { WorkingDir: "/", ...config, Env: [...(config.Env?.some((one) => one.startsWith("PATH=")) ? [] : [PATH]), ...(config.Env ?? [])] },
            rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
            history: [{ created: "1970-01-01T00:00:00Z" }],
        });
        const Config = `${createHash("sha256").update(content).digest("hex")}.json`;
        writeFileSync(join(folder, Config), content);
        return { Config, RepoTags: [name], Layers: [`${digest}.tar`] };
    });
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(manifest));
    await tarOf(folder, file);
    await must("rm", ["-rf", folder]);
}

async function digestOf(file: string): Promise<string> {
    const hash = createHash("sha256");
    for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
    return hash.digest("hex");
}
