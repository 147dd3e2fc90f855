import * as pulumi from "@pulumi/pulumi";
import type { PoolerConfig } from "../config";
import { customResource } from "../custom-resource";
import type { Groundwork } from "../groundwork";
import { poolerRole } from "../server/postgresql-names";

/** The label of PgBouncer's pods. */
export function poolerLabels({ name }: Groundwork): Record<string, pulumi.Input<string>> {
    return { "cnpg.io/poolerName": pulumi.interpolate`${name}-${poolerRole}` };
}

/** PgBouncer in front of the primary: what a Pooler and, for several, their disruption budget are made of. */
export function pooler(ground: Groundwork, { instances = 2, poolMode = "session" }: PoolerConfig): pulumi.Resource[] {
    const spec = {
        cluster: { name: ground.name },
        type: "rw",
        instances,
        pgbouncer: { poolMode, parameters: { client_tls_sslmode: "require", max_client_conn: "1000" } },
        template: { metadata: { labels: { ...ground.spec.tags } }, spec: podSpec(ground) },
    };
    return [customResource(ground, "postgresql.cnpg.io/v1", "Pooler", poolerRole, spec), ...(instances > 1 ? [disruptionBudget(ground)] : [])];
}

function podSpec(ground: Groundwork): object {
    const { nodeSelector, imagePullSecrets, images } = ground.placed.settings;
    const resources = { cpu: "100m", memory: "128Mi" };
    const image = images?.pgbouncer === undefined ? {} : { image: images.pgbouncer };
    const apart = { labelSelector: { matchLabels: poolerLabels(ground) }, topologyKey: "kubernetes.io/hostname" };
    return {
        containers: [{ name: "pgbouncer", ...image, resources: { requests: resources, limits: resources } }],
        ...(nodeSelector === undefined ? {} : { nodeSelector: { ...nodeSelector } }),
        ...(imagePullSecrets === undefined ? {} : { imagePullSecrets: imagePullSecrets.map((name) => ({ name })) }),
        affinity: { podAntiAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: apart }] } },
    };
}

/** The operator makes one for the servers, but none for PgBouncer. */
function disruptionBudget(ground: Groundwork): pulumi.Resource {
    const { PodDisruptionBudget } = require("@pulumi/kubernetes/policy/v1") as typeof import("@pulumi/kubernetes/policy/v1");
    return new PodDisruptionBudget(
        ground.ctx.childName(`${poolerRole}-disruption`),
        { metadata: ground.metadata(poolerRole), spec: { maxUnavailable: 1, selector: { matchLabels: poolerLabels(ground) } } },
        ground.options("support"),
    );
}
