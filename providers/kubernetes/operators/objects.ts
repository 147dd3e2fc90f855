import { didYouMean } from "../../../components/validation";
import type { ManifestSource } from "./manifest";
import type { KnownOperator } from "./releases";

/** A value of a manifest. */
export type Value = string | number | boolean | null | readonly Value[] | { readonly [key: string]: Value | undefined };
type Fields = { readonly [key: string]: Value | undefined };

/** An object of a manifest, with all of its fields. */
export type ManifestObject = Fields & {
    readonly apiVersion: string;
    readonly kind: string;
    readonly metadata: Fields & { readonly name: string };
};

/**
 * The objects of an operator's manifest.
 *
 * @throws Error when it is no manifest, or that of something else
 */
export function objectsOf(text: string, operator: KnownOperator, source: ManifestSource): ManifestObject[] {
    const objects = documents(text, source).flatMap((document) => (isList(document) ? document.items : [document]));
    const wrong = objects.findIndex((object) => !isObject(object));
    if (wrong !== -1) {
        // Not what it is: it may hold a secret.
        throw new Error(
            `${source.title}: object ${wrong + 1} of the manifest's ${objects.length} has no apiVersion, kind or metadata.name. Correct the file of ${source.property}.`,
        );
    }
    const found = objects as ManifestObject[];
    const deployments = found.filter(({ kind }) => kind === "Deployment").map(({ metadata }) => metadata.name);
    if (!deployments.includes(operator.deployment)) {
        throw new Error(
            `${source.title}: the manifest has no Deployment "${operator.deployment}"${didYouMean(operator.deployment, deployments)} It has ` +
                `${found.length} objects and ${deployments.length === 0 ? "no Deployment at all" : `the Deployment ${deployments.join(", ")}`}. ` +
                `Is it another operator's? Correct ${source.property}.`,
        );
    }
    return found;
}

const certManager = /^cert-manager\.io\//;
const webhookConfigurations = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

/**
 * A manifest of the topology operator without its webhooks, which need cert-manager: without their configurations and certificates,
 * and with the operator told so.
 */
export function withoutWebhooks(objects: readonly ManifestObject[], operator: KnownOperator): ManifestObject[] {
    const certificates = new Set(
        objects.filter(({ apiVersion, kind }) => certManager.test(apiVersion) && kind === "Certificate").map(({ spec }) => (spec as Fields).secretName),
    );
    const services = new Set(
        objects
            .filter(({ kind }) => webhookConfigurations.includes(kind))
            .flatMap(({ webhooks }) =>
                (webhooks as readonly Fields[]).map(({ clientConfig }) => ((clientConfig as Fields).service as Fields | undefined)?.name),
            ),
    );
    return objects
        .filter(({ apiVersion }) => !certManager.test(apiVersion))
        .filter(({ kind }) => !webhookConfigurations.includes(kind))
        .filter(({ kind, metadata }) => kind !== "Service" || !services.has(metadata.name))
        .map((object) => (object.kind === "Deployment" && object.metadata.name === operator.deployment ? toldWithoutWebhooks(object, certificates) : object));
}

function toldWithoutWebhooks(deployment: ManifestObject, certificates: ReadonlySet<unknown>): ManifestObject {
    const spec = deployment.spec as Fields;
    const template = spec.template as Fields;
    const pod = template.spec as Fields;
    const all = (pod.volumes ?? []) as readonly (Fields & { readonly name: string })[];
    const gone = new Set(all.filter(({ secret }) => certificates.has((secret as Fields | undefined)?.secretName)).map(({ name }) => name));
    const containers = (pod.containers as readonly Fields[]).map((container) => {
        const env = ((container.env ?? []) as readonly Fields[]).filter(({ name }) => name !== "ENABLE_WEBHOOKS");
        const mounts = (container.volumeMounts ?? []) as readonly (Fields & { readonly name: string })[];
        return { ...container, env: [...env, { name: "ENABLE_WEBHOOKS", value: "false" }], volumeMounts: mounts.filter(({ name }) => !gone.has(name)) };
    });
    const volumes = all.filter(({ name }) => !gone.has(name));
    return { ...deployment, spec: { ...spec, template: { ...template, spec: { ...pod, containers, volumes } } } };
}

/** The same object with more annotations. */
export function annotated(object: ManifestObject, more: Readonly<Record<string, string>>): ManifestObject {
    const annotations = { ...(object.metadata.annotations as Fields | undefined), ...more };
    return { ...object, metadata: { ...object.metadata, annotations } };
}

function documents(text: string, source: ManifestSource): Value[] {
    const { loadAll, CORE_SCHEMA } = require("js-yaml") as typeof import("js-yaml");
    try {
        return (loadAll(text, null, { schema: CORE_SCHEMA }) as (Value | undefined)[]).filter(
            (document) => document !== null && document !== undefined,
        ) as Value[];
    } catch (error) {
        throw new Error(`${source.title}: the manifest is no YAML: ${(error as Error).message.split("\n")[0]}. Correct the file of ${source.property}.`);
    }
}

function isList(value: Value): value is Fields & { readonly items: readonly Value[] } {
    return isFields(value) && value.kind === "List" && Array.isArray(value.items);
}

function isObject(value: Value): value is ManifestObject {
    return isFields(value) && isText(value.apiVersion) && isText(value.kind) && isFields(value.metadata) && isText(value.metadata.name);
}

function isFields(value: Value | undefined): value is Fields {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: Value | undefined): boolean {
    return typeof value === "string" && value !== "";
}
