import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where the manifest of an operator is, and what it must be. */
export interface ManifestSource {
    /** Such as "CloudNativePG 1.29.2". */
    readonly title: string;
    /** The property of the arguments by which another source can be given, such as `cloudNativePg.manifest`. */
    readonly property: string;
    /** An address, or an absolute path. */
    readonly location: { readonly url: string } | { readonly path: string };
    /** In lower-case hexadecimal digits. */
    readonly sha256: string;
}

const attempts = 3;
const timeoutMilliseconds = 60_000;

/**
 * The text of a manifest, after its checksum was found right. What was downloaded is kept by its checksum, so that the next run needs no network.
 *
 * @throws Error naming place, expected and actual checksum, and what to do
 */
export async function readManifest(source: ManifestSource): Promise<string> {
    if ("path" in source.location) {
        const { path } = source.location;
        const content = await readFile(path).catch((error: NodeJS.ErrnoException) => {
            const reason = error.code === "ENOENT" ? "there is no such file" : error.message;
            throw new Error(`${source.title}: the manifest ${path} can't be read: ${reason}. Correct ${source.property}.path, or put the file there.`);
        });
        return verified(content, path, source);
    }
    const { url } = source.location;
    const file = join(cacheDirectory(), `${source.sha256}.yaml`);
    const kept = await readFile(file).catch(() => undefined);
    if (kept !== undefined && sha256Of(kept) === source.sha256) {
        return kept.toString("utf8");
    }
    const content = await download(url, source);
    const text = verified(content, withoutSecrets(url), source);
    await keep(file, content);
    return text;
}

function verified(content: Buffer, place: string, { title, property, sha256 }: ManifestSource): string {
    const actual = sha256Of(content);
    if (actual !== sha256) {
        throw new Error(
            [
                `${title}: what is at ${place} is not the expected manifest; nothing of it was installed.`,
                `  expected SHA-256: ${sha256}`,
                `  actual SHA-256:   ${actual} (${content.length} bytes${isWebPage(content) ? ", a web page: a proxy or a login page answered" : ""})`,
                `Find out who changed it: the file, a mirror or a proxy. A manifest that you have checked yourself can be given as ${property}: { url or path, sha256 }.`,
            ].join("\n"),
        );
    }
    return content.toString("utf8");
}

async function download(url: string, source: ManifestSource): Promise<Buffer> {
    for (let attempt = 1; ; attempt++) {
        const answer = await request(url);
        if (Buffer.isBuffer(answer)) {
            return answer;
        }
        if (answer.final || attempt === attempts) {
            const times = attempt === 1 ? "" : ` (tried ${attempt} times)`;
            throw new Error(
                [
                    `${source.title}: its manifest could not be downloaded from ${withoutSecrets(url)}: ${answer.reason}${times}. Nothing of it was installed.`,
                    `  expected SHA-256: ${source.sha256}`,
                    `  actual SHA-256:   none, nothing arrived`,
                    "Check the address and the network; behind a proxy, set NODE_USE_ENV_PROXY=1 beside HTTPS_PROXY (Node.js 22.21, 24 or later). " +
                        `Without a way to that address, download the file elsewhere and give it as ${source.property}: { path: "/absolute/path.yaml", sha256: "${source.sha256}" }.`,
                ].join("\n"),
            );
        }
        await new Promise((resolve) => setTimeout(resolve, 500 * attempt));
    }
}

/** What didn't work, and whether asking again is useless. */
interface Failure {
    readonly reason: string;
    readonly final: boolean;
}

async function request(url: string): Promise<Buffer | Failure> {
    try {
        const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMilliseconds), redirect: "follow" });
        if (response.ok) {
            return Buffer.from(await response.arrayBuffer());
        }
        await response.body?.cancel();
        const { status, statusText } = response;
        return { reason: `HTTP ${status} ${statusText}`.trim(), final: status < 500 && status !== 408 && status !== 429 };
    } catch (error) {
        return { reason: reasonOf(error), final: false };
    }
}

/** `fetch` says only "fetch failed"; why is in the cause. */
function reasonOf(error: unknown): string {
    if (!(error instanceof Error)) {
        return String(error);
    }
    if (error.name === "TimeoutError") {
        return `no answer in ${timeoutMilliseconds / 1000} s`;
    }
    const { cause } = error;
    const inner = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause;
    return inner instanceof Error ? inner.message : error.message;
}

/** A query can hold a token. */
function withoutSecrets(url: string): string {
    const { origin, pathname, search } = new URL(url);
    return `${origin}${pathname}${search === "" ? "" : "?..."}`;
}

function isWebPage(content: Buffer): boolean {
    return /^\s*<(!doctype html|html)/i.test(content.subarray(0, 200).toString("latin1"));
}

function sha256Of(content: Buffer): string {
    return createHash("sha256").update(content).digest("hex");
}

/** Beside its place first: another run may read it at the same moment. Where it can't be written, it is downloaded again. */
async function keep(file: string, content: Buffer): Promise<void> {
    const beside = `${file}.${randomBytes(6).toString("hex")}`;
    try {
        await mkdir(cacheDirectory(), { recursive: true });
        await writeFile(beside, content);
        await rename(beside, file);
    } catch {
        await rm(beside, { force: true }).catch(() => {});
    }
}

function cacheDirectory(): string {
    const root = process.env.PULUMI_DATA_SERVICES_CACHE || join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "pulumi-data-services");
    return join(root, "operators");
}
