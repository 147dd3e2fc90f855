import * as pulumi from "@pulumi/pulumi";
import type { CacheSpec } from "../../../components/backend";
import { hash } from "../../../components/names";
import { type Directives, formatDirectives } from "../../protocols/valkey-settings";
import type { Groundwork } from "../groundwork";
import { formatCpu, formatGibibytes } from "../server/quantity";
import { configurationDirectory, dataDirectory, port } from "./configuration";
import { probeCommands, probes, startScript, systemUsers } from "./start";

type Metadata = ReturnType<Groundwork["metadata"]>;
type Labels = Record<string, pulumi.Input<string>>;

/** Of the server's process, in the official images and everywhere else. */
const userId = 999;

/** The labels of a service's pods and of its volume claim, by which they are found. */
export function podLabels({ name }: Groundwork): Labels {
    return { "app.kubernetes.io/name": "valkey", "app.kubernetes.io/instance": name };
}

/** The server is waited for as a whole, by `serve`. */
function unawaited(metadata: Metadata): Metadata & { annotations: Labels } {
    return { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } };
}

/** The settings and the start script; no secret. */
export function settingsMap(ground: Groundwork, directives: Directives): pulumi.Resource {
    const { ConfigMap } = require("@pulumi/kubernetes/core/v1/configMap") as typeof import("@pulumi/kubernetes/core/v1/configMap");
    return new ConfigMap(
        ground.ctx.childName("settings"),
        { metadata: ground.metadata(), data: { "valkey.conf": formatDirectives(directives), "start.sh": startScript } },
        ground.options("support"),
    );
}

/** The certificate, and the users that every server has. */
export function secrets(ground: Groundwork): pulumi.Resource {
    const { Secret } = require("@pulumi/kubernetes/core/v1/secret") as typeof import("@pulumi/kubernetes/core/v1/secret");
    const { adminPassword, authority, certificate, certificateKey } = ground.instance;
    const texts = {
        "ca.crt": authority,
        "tls.crt": certificate,
        "tls.key": certificateKey,
        "system.acl": adminPassword.apply(systemUsers),
        probe: adminPassword.apply(probeCommands),
    };
    return new Secret(
        ground.ctx.childName("secrets"),
        {
            metadata: ground.metadata(),
            data: pulumi.secret(pulumi.all(texts).apply((all) => Object.fromEntries(Object.entries(all).map(([name, text]) => [name, base64(text ?? "")])))),
        },
        ground.options("support"),
    );
}

/** An object of its own and not a template of the StatefulSet's: so it grows in place, and is there whatever happens to the StatefulSet. */
export function volumeClaim(ground: Groundwork): pulumi.Resource {
    const { PersistentVolumeClaim } =
        require("@pulumi/kubernetes/core/v1/persistentVolumeClaim") as typeof import("@pulumi/kubernetes/core/v1/persistentVolumeClaim");
    const { storageClass } = ground.placed.settings;
    const metadata = unawaited(ground.metadata("data"));
    return new PersistentVolumeClaim(
        ground.ctx.childName("data"),
        {
            metadata: { ...metadata, labels: { ...metadata.labels, ...podLabels(ground) } },
            spec: {
                accessModes: ["ReadWriteOnce"],
                resources: { requests: { storage: formatGibibytes(ground.spec.size.storageGb) } },
                ...(storageClass === undefined ? {} : { storageClassName: storageClass }),
            },
        },
        // A living volume keeps its class.
        ground.options("stateful", { ignoreChanges: ["spec.storageClassName"] }),
    );
}

/** What clients connect to. */
export function service(ground: Groundwork): pulumi.Resource {
    const { Service } = require("@pulumi/kubernetes/core/v1/service") as typeof import("@pulumi/kubernetes/core/v1/service");
    return new Service(
        ground.ctx.childName("service"),
        { metadata: unawaited(ground.metadata()), spec: { selector: podLabels(ground), ports: [{ name: "rediss", port, targetPort: port, protocol: "TCP" }] } },
        ground.options("support"),
    );
}

/** Lets the one server be moved: were it not to be away for a moment, its node could never be drained. Moving it loses no data. */
export function disruptionBudget(ground: Groundwork): pulumi.Resource {
    const { PodDisruptionBudget } =
        require("@pulumi/kubernetes/policy/v1/podDisruptionBudget") as typeof import("@pulumi/kubernetes/policy/v1/podDisruptionBudget");
    return new PodDisruptionBudget(
        ground.ctx.childName("disruption"),
        { metadata: ground.metadata(), spec: { selector: { matchLabels: podLabels(ground) }, maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" } },
        ground.options("support"),
    );
}

/** The one server. */
export function statefulSet(ground: Groundwork, spec: CacheSpec, dependsOn: readonly pulumi.Resource[]): pulumi.Resource {
    const { StatefulSet } = require("@pulumi/kubernetes/apps/v1/statefulSet") as typeof import("@pulumi/kubernetes/apps/v1/statefulSet");
    const { ctx, instance, name, image, placed } = ground;
    const { nodeSelector, imagePullSecrets } = placed.settings;
    const amounts = { cpu: formatCpu(spec.size.cpu), memory: formatGibibytes(spec.size.memoryGb) };
    return new StatefulSet(
        ctx.childName(),
        {
            metadata: unawaited(ground.metadata()),
            spec: {
                replicas: 1,
                serviceName: name,
                // With the other policy, a server that doesn't get ready couldn't be mended: the controller would wait for it first.
                podManagementPolicy: "Parallel",
                selector: { matchLabels: podLabels(ground) },
                template: {
                    metadata: {
                        // No tags: a change of one would restart the server.
                        labels: { ...podLabels(ground), "app.kubernetes.io/managed-by": "pulumi-data-services" },
                        // The server reads its certificate when it starts.
                        annotations: { "data-services/certificate": instance.certificate.apply((certificate) => hash(certificate ?? "")) },
                    },
                    spec: {
                        automountServiceAccountToken: false,
                        enableServiceLinks: false,
                        terminationGracePeriodSeconds: 60,
                        ...(nodeSelector === undefined ? {} : { nodeSelector }),
                        ...(imagePullSecrets === undefined ? {} : { imagePullSecrets: imagePullSecrets.map((secret) => ({ name: secret })) }),
                        securityContext: {
                            ...{ runAsNonRoot: true, runAsUser: userId, runAsGroup: userId, fsGroup: userId },
                            fsGroupChangePolicy: "OnRootMismatch",
                            seccompProfile: { type: "RuntimeDefault" },
                        },
                        containers: [
                            {
                                name: "valkey",
                                image,
                                imagePullPolicy: "IfNotPresent",
                                command: ["sh", `${configurationDirectory}/start.sh`],
                                ports: [{ name: "rediss", containerPort: port, protocol: "TCP" }],
                                resources: { requests: amounts, limits: amounts },
                                securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } },
                                ...probes,
                                // The server's own words, where it can't start.
                                terminationMessagePolicy: "FallbackToLogsOnError",
                                volumeMounts: [
                                    { name: "data", mountPath: dataDirectory },
                                    { name: "configuration", mountPath: configurationDirectory, readOnly: true },
                                ],
                            },
                        ],
                        volumes: [
                            { name: "data", persistentVolumeClaim: { claimName: pulumi.interpolate`${name}-data` } },
                            { name: "configuration", projected: { defaultMode: 0o440, sources: [{ configMap: { name } }, { secret: { name } }] } },
                        ],
                    },
                },
            },
        },
        ground.options("stateful", { dependsOn: [...dependsOn] }),
    );
}

function base64(text: string): string {
    return Buffer.from(text).toString("base64");
}
