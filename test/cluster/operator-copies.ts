import { createHash, randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { CORE_SCHEMA, dump, loadAll } from "js-yaml";
import { OPERATORS, type OperatorKey } from "../../providers/kubernetes/operators/releases";
import type { TestCluster } from "../support/kubernetes";

/** The arguments of one operator. */
export interface OperatorManifest {
    readonly manifest: { readonly path: string; readonly sha256: string };
}

interface KubernetesObject {
    readonly kind: string;
    readonly metadata: { name: string; namespace?: string; labels?: Record<string, string> };
    readonly roleRef?: { name: string };
    readonly webhooks?: { failurePolicy?: string }[];
    spec?: unknown;
}

const files: Readonly<Record<OperatorKey, string>> = { cloudNativePg: "cnpg.yaml", rabbitmqCluster: "rabbitmq.yaml", rabbitmqTopology: "topology.yaml" };

/** One of each operator, the largest of all among them: more make the API server slow, and prove no more. */
const definitions = ["poolers.postgresql", "rabbitmqclusters.rabbitmq", "vhosts.rabbitmq"];

/** The manifests that our own cluster was made with; nothing for a cluster of the user's. */
export function renderedManifests({ cluster }: TestCluster): Record<OperatorKey, string> | undefined {
    const [bin = ""] = (cluster.env.PATH ?? "").split(delimiter);
    const folder = join(bin, "..", "manifests");
    if (cluster.source === "existing" || !existsSync(join(folder, files.cloudNativePg))) {
        return undefined;
    }
    const { cloudNativePg, rabbitmqCluster, rabbitmqTopology } = files;
    return { cloudNativePg: join(folder, cloudNativePg), rabbitmqCluster: join(folder, rabbitmqCluster), rabbitmqTopology: join(folder, rabbitmqTopology) };
}

/** A manifest as it is, with its checksum. */
export function pinned(path: string): OperatorManifest {
    return { manifest: { path, sha256: createHash("sha256").update(readFileSync(path)).digest("hex") } };
}

/**
 * The operators' manifests with names, API groups and namespaces of their own, so that they can be installed and deleted beside the operators that
 * run. Their programs only sleep: two operators of one kind would fight.
 */
export class OperatorCopies {
    readonly label = `data-services-test=${randomBytes(4).toString("hex")}`;
    readonly #id = this.label.split("=")[1] as string;

    constructor(
        private readonly originals: Readonly<Record<OperatorKey, string>>,
        private readonly directory: string,
    ) {}

    get namespaces(): { readonly cloudNativePg: string; readonly rabbitmq: string } {
        return { cloudNativePg: `test-cnpg-${this.#id}`, rabbitmq: `test-rabbitmq-${this.#id}` };
    }

    group(original: "postgresql.cnpg.io" | "rabbitmq.com"): string {
        return `${original.split(".")[0]}-${this.#id}.example.org`;
    }

    /** @param seconds how long its program sleeps: another number is another version of it */
    write(key: OperatorKey, seconds = 1_000_000): OperatorManifest {
        const objects = (loadAll(this.renamed(readFileSync(this.originals[key], "utf8")), null, { schema: CORE_SCHEMA }) as (KubernetesObject | null)[])
            .filter((object) => object !== null)
            .filter(({ kind, metadata }) => kind !== "CustomResourceDefinition" || definitions.some((one) => metadata.name.startsWith(`${one}-`)))
            .map((object) => this.harmless(object, key, seconds));
        const path = join(this.directory, `${key}-${seconds}.yaml`);
        writeFileSync(path, objects.map((object) => dump(object)).join("---\n"));
        return pinned(path);
    }

    private renamed(text: string): string {
        return text
            .replaceAll("postgresql.cnpg.io", this.group("postgresql.cnpg.io"))
            .replaceAll(/\brabbitmq\.com\b(?!\/)/g, this.group("rabbitmq.com"))
            .replaceAll("cnpg-system", this.namespaces.cloudNativePg)
            .replaceAll("rabbitmq-system", this.namespaces.rabbitmq);
    }

    private harmless(object: KubernetesObject, key: OperatorKey, seconds: number): KubernetesObject {
        const { kind, metadata } = object;
        const [label = "", value = ""] = this.label.split("=");
        metadata.labels = { ...metadata.labels, [label]: value };
        if (kind.startsWith("ClusterRole") || kind.endsWith("WebhookConfiguration")) {
            metadata.name = this.own(metadata.name);
        }
        if (kind === "ClusterRoleBinding" && object.roleRef) {
            object.roleRef.name = this.own(object.roleRef.name);
        }
        for (const webhook of object.webhooks ?? []) {
            webhook.failurePolicy = "Ignore";
        }
        if (kind === "Deployment" && metadata.name === OPERATORS.find((one) => one.key === key)?.deployment) {
            const command = ["sh", "-c", `trap exit TERM; sleep ${seconds} & wait`];
            object.spec = {
                replicas: 1,
                selector: { matchLabels: { test: key } },
                template: { metadata: { labels: { test: key } }, spec: { containers: [{ name: "manager", image: "localhost/busybox:1", command }] } },
            };
        }
        if (kind === "Service") {
            object.spec = { selector: { test: key }, ports: [{ port: 80 }] };
        }
        return object;
    }

    private own(name: string): string {
        return `test-${this.#id}-${name}`;
    }
}

/** Removes what is left of copies, with the objects of their kinds. */
export async function removeCopies({ kubectl }: TestCluster, { label, namespaces }: OperatorCopies): Promise<void> {
    const kinds = "mutatingwebhookconfigurations,validatingwebhookconfigurations,clusterrolebindings,clusterroles,customresourcedefinitions";
    await kubectl.run("delete", kinds, "--selector", label, "--wait=false");
    await kubectl.run("delete", "namespace", namespaces.cloudNativePg, namespaces.rabbitmq, "--ignore-not-found", "--wait=false");
}
