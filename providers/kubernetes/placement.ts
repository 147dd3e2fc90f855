import type { ServiceRequest, ServiceSpec } from "../../components/backend";
import { didYouMean, type Problem, show } from "../../components/validation";
import type { ClusterConfig, KubernetesConfig } from "./config";

/** How the API server of a cluster is reached; plain, and no secret: credentials stay in the kubeconfig file. */
export interface Connection {
    /** An absolute path, or one below `~/`, which is the same on every machine; without one, where Kubernetes' own tools look. */
    readonly kubeconfig?: string;
    readonly context?: string;
}

/** The cluster on which a service is placed. */
export interface PlacedCluster {
    readonly connection: Connection;
    readonly namespace: string;
    readonly settings: ClusterConfig;
}

/** The settings of the cluster that serves a service. */
export function placedCluster(config: KubernetesConfig, service: string): PlacedCluster {
    const name = config.placement?.[service];
    const settings: ClusterConfig = { ...config, ...(name === undefined ? {} : config.clusters?.[name]) };
    const { kubeconfig, context, namespace = "default" } = settings;
    return {
        connection: { ...(kubeconfig === undefined ? {} : { kubeconfig }), ...(context === undefined ? {} : { context }) },
        namespace,
        settings,
    };
}

/** What is wrong with the placement of a service, and with tags, which become labels. */
export function placementProblems({ service, config, configPath, spec }: ServiceRequest<KubernetesConfig, ServiceSpec>): Problem[] {
    const problems: Problem[] = [];
    const clusters = Object.keys(config.clusters ?? {});
    const name = config.placement?.[service];
    if (name !== undefined && !clusters.includes(name)) {
        problems.push({
            property: `${configPath}.placement.${service}`,
            reason: `there is no cluster ${show(name)}${didYouMean(name, clusters)} ${clusters.length > 0 ? `Clusters: ${clusters.join(", ")}.` : `Add it to ${configPath}.clusters.`}`,
        });
    }
    for (const [tag, value] of Object.entries(spec.tags)) {
        if (!isLabelName(tag)) {
            problems.push({
                property: `tags.${tag}`,
                reason: `can't be a Kubernetes label: its name must be ${labelWords}, with an optional DNS prefix and "/" before it.`,
            });
        }
        if (!isLabelValue(value)) {
            problems.push({ property: `tags.${tag}`, reason: `can't be a Kubernetes label: its value must be empty or ${labelWords}, got ${show(value)}.` });
        }
    }
    return problems;
}

const labelWords = 'letters, digits, "-", "_" and ".", with a letter or digit first and last, 63 characters at most';

function isLabelValue(value: string): boolean {
    return /^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$/.test(value);
}

function isLabelName(name: string): boolean {
    const [label, prefix, ...more] = name.split("/").reverse();
    return (
        more.length === 0 &&
        label !== undefined &&
        label !== "" &&
        isLabelValue(label) &&
        (prefix === undefined || /^[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?$/.test(prefix))
    );
}
