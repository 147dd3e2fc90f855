import type * as pulumi from "@pulumi/pulumi";
import type { QueueSpec } from "../../../components/backend";
import type { Groundwork } from "../groundwork";
import { formatCpu, formatGibibytes } from "../server/quantity";
import { format } from "./configuration";

/** The names of the Secrets that the servers read. */
interface Secrets {
    readonly certificate: pulumi.Input<string>;
    readonly admin: pulumi.Input<string>;
}

/**
 * The `spec` of a RabbitmqCluster, as of operator 2.16 and later. What a pod is made of is the same for one server and for three: more can join
 * without a restart.
 */
export function clusterSpec(ground: Groundwork, { size }: QueueSpec, settings: Readonly<Record<string, string>>, secrets: Secrets): object {
    const { instances, placed } = ground;
    const { storageClass, imagePullSecrets } = placed.settings;
    const resources = { cpu: formatCpu(size.cpu), memory: formatGibibytes(size.memoryGb) };
    return {
        replicas: instances,
        image: ground.image,
        ...(imagePullSecrets === undefined ? {} : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
        persistence: { storage: formatGibibytes(size.storageGb), ...(storageClass === undefined ? {} : { storageClassName: storageClass }) },
        resources: { requests: resources, limits: resources },
        affinity: affinity(ground),
        tls: { secretName: secrets.certificate, disableNonTLSListeners: true },
        secretBackend: { externalSecret: { name: secrets.admin } },
        rabbitmq: { additionalConfig: format(settings) },
        // Without this a newer version can't be followed by the next.
        autoEnableAllFeatureFlags: true,
        // Before it stops, a node waits until each of its quorum queues has a majority without it, and hands over what it leads: one that was down
        // for long has to catch up first. A single node waits for nothing. The operator's own figure is a week.
        terminationGracePeriodSeconds: 600,
        // Nodes look for each other by names that DNS needs a moment for. The operator's own figure is 30.
        delayStartSeconds: 5,
        override: { statefulSet: { spec: { template: { spec: podSpec } } } },
    };
}

/**
 * In place of the probe that operators bring from 2.19.2 on: it starts a second Erlang every ten seconds, and a quarter of a processor doesn't get
 * that done within the probe's five seconds, so the server would never be started.
 */
const startupProbe = {
    exec: { command: ["/bin/bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/5671"] },
    periodSeconds: 5,
    timeoutSeconds: 5,
    failureThreshold: 120,
};

/** What the Pod Security Standard "restricted" asks for. */
const unprivileged = { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } };
const podSpec = {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } },
    initContainers: [{ name: "setup-container", securityContext: unprivileged }],
    containers: [{ name: "rabbitmq", securityContext: unprivileged, startupProbe }],
};

function affinity({ name, spread, placed }: Groundwork): object {
    const term = { labelSelector: { matchLabels: { "app.kubernetes.io/name": name } }, topologyKey: "kubernetes.io/hostname" };
    const apart =
        spread === "required"
            ? { requiredDuringSchedulingIgnoredDuringExecution: [term] }
            : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: term }] };
    const labels = Object.entries(placed.settings.nodeSelector ?? {});
    const matchExpressions = labels.map(([key, value]) => ({ key, operator: "In", values: [value] }));
    return {
        podAntiAffinity: apart,
        ...(labels.length > 0 ? { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } } } : {}),
    };
}
