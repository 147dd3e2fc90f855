import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../tools/cluster";
import { Kubectl } from "../../tools/cluster";
import { waitFor } from "../../tools/cluster/command";

export type Manifest = Readonly<Record<string, unknown>> & { readonly metadata: Readonly<Record<string, unknown>> };

/** A namespace of a cluster for one test file. */
export class Workspace {
    readonly namespace = `smoke-${Date.now().toString(36)}`;
    readonly kubectl: Kubectl;
    readonly #directory = mkdtempSync(join(tmpdir(), "cluster-workspace-"));

    constructor(cluster: Cluster) {
        this.kubectl = new Kubectl("kubectl", { ...process.env, ...cluster.env });
    }

    async open(): Promise<void> {
        await this.kubectl.must("create", "namespace", this.namespace);
    }

    async close(): Promise<void> {
        rmSync(this.#directory, { recursive: true, force: true });
        await this.kubectl.run("delete", "namespace", this.namespace, "--wait=false");
    }

    /** Applies manifests; says what the API server said against them, or nothing. */
    async apply(...manifests: Manifest[]): Promise<string | undefined> {
        const file = join(this.#directory, "manifest.json");
        writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: manifests }));
        const outcome = await this.kubectl.run("--namespace", this.namespace, "apply", "--filename", file);
        return outcome.ok ? undefined : outcome.tail;
    }

    async run(...args: string[]): Promise<string> {
        return this.kubectl.must("--namespace", this.namespace, ...args);
    }

    /** Waits until a field of an object has a value. */
    async until(object: string, jsonpath: string, expected: string | RegExp, seconds: number): Promise<void> {
        const get = async () => (await this.kubectl.run("--namespace", this.namespace, "get", object, "--output", `jsonpath=${jsonpath}`)).stdout;
        const matches = (value: string) => (typeof expected === "string" ? value === expected : expected.test(value));
        const why = async () =>
            [
                `${object}: ${await get()}`,
                (await this.kubectl.run("--namespace", this.namespace, "get", "pods", "--output", "wide")).tail,
                (await this.kubectl.run("--namespace", this.namespace, "get", "events", "--sort-by=.lastTimestamp")).tail,
            ].join("\n");
        await waitFor(`${object} to become ${expected}`, seconds, why, async () => matches(await get()));
    }
}
