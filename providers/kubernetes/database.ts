import type * as pulumi from "@pulumi/pulumi";
import type { Context, DatabaseSpec, Service, ServiceRequest } from "../../components/backend";
import { isProtected } from "../../components/durability";
import { type Problem, show } from "../../components/validation";
import { groupRoles } from "../protocols/postgresql-roles";
import type { KubernetesConfig } from "./config";
import { customResource } from "./custom-resource";
import { backupDefinitions, backupProblems, scheduledBackup } from "./database/backups";
import { adminSecret, authoritySecret, clusterLabels, clusterSpec } from "./database/cluster";
import { pooler, poolerLabels } from "./database/pooler";
import { settingProblems, settingsOf } from "./database/settings";
import { definition } from "./definitions";
import { commonProblems, type Groundwork, layGroundwork, serve } from "./groundwork";
import { clientsOf, externalService, networkPolicy } from "./network";
import { poolerRole } from "./server/postgresql-names";

const group = "postgresql.cnpg.io";

export function databaseProblems(request: ServiceRequest<KubernetesConfig, DatabaseSpec>): Problem[] {
    return [...commonProblems("database", request), ...nameProblems(request.spec), ...settingProblems(request.spec), ...backupProblems(request)];
}

function nameProblems({ databaseName }: DatabaseSpec): Problem[] {
    return ["postgres", "template0", "template1"].includes(databaseName)
        ? [{ property: "databaseName", reason: `${show(databaseName)} is the server's own. Choose another.` }]
        : [];
}

/** PostgreSQL by CloudNativePG: one server, or three of which one takes writes. */
export function provisionDatabase(ctx: Context, config: KubernetesConfig, spec: DatabaseSpec): Service {
    const { backups } = config;
    const pooled = config.pooler !== undefined;
    const ground = layGroundwork(ctx, config, spec, {
        definitions: [
            definition(group, "v1", "Cluster", "clusters"),
            definition(group, "v1", "Database", "databases"),
            ...(pooled ? [definition(group, "v1", "Pooler", "poolers")] : []),
            ...backupDefinitions(backups),
        ],
        instances: spec.highAvailability || spec.durability === "critical" ? 3 : 1,
    });
    const settings = settingsOf(spec);
    const admin = adminSecret(ground);
    const authority = authoritySecret(ground);
    const parts = { spec, settings, admin: admin.metadata.name, authority: authority.metadata.name, pooled, backups };
    const cluster = servers(ground, clusterSpec(ground, parts), [admin, authority]);
    const podLabels = clusterLabels(ground);
    return serve(ground, {
        objects: [
            ...[admin, authority, cluster, database(ground, spec), network(ground)],
            ...(config.pooler === undefined ? [] : pooler(ground, config.pooler)),
            ...(backups === undefined ? [] : [scheduledBackup(ground, backups)]),
            ...externalService(ground, pooled ? poolerLabels(ground) : { ...podLabels, "cnpg.io/instanceRole": "primary" }, { postgresql: 5432 }),
        ],
        main: cluster,
        path: spec.databaseName,
        settings: settings.parameters,
        clients: { podLabels, ports: [5432] },
        ...(pooled ? { front: poolerRole } : {}),
        revision: [config.pooler, backups],
    });
}

function servers(ground: Groundwork, spec: object, secrets: readonly pulumi.Resource[]) {
    const { CustomResource } = require("@pulumi/kubernetes/apiextensions/customResource") as typeof import("@pulumi/kubernetes/apiextensions/customResource");
    return new CustomResource(
        ground.ctx.childName(),
        { apiVersion: `${group}/v1`, kind: "Cluster", metadata: ground.metadata(), spec },
        ground.options("stateful", {
            dependsOn: [...secrets],
            // The volumes of a living service can't change their class, and the one of the write-ahead log can't go.
            ignoreChanges: ["spec.storage.storageClass", isProtected(ground.ctx.durability) ? "spec.walStorage.storageClass" : "spec.walStorage"],
        }),
    );
}

/** Keeps saying that there is such a database, and who owns it. It is never what drops one. */
function database(ground: Groundwork, { databaseName }: DatabaseSpec): pulumi.Resource {
    const owner = groupRoles(databaseName).owner;
    const spec = { cluster: { name: ground.name }, name: databaseName, owner, ensure: "present", databaseReclaimPolicy: "retain" };
    // Another name is another object.
    return customResource(ground, `${group}/v1`, "Database", "database", spec, { replaceOnChanges: ["spec.name"], deleteBeforeReplace: true });
}

function network(ground: Groundwork): pulumi.Resource {
    const podLabels = clusterLabels(ground);
    const operator = { namespaceSelector: {}, podSelector: { matchLabels: { "app.kubernetes.io/name": "cloudnative-pg" } } };
    return networkPolicy(ground, undefined, podLabels, [
        { from: clientsOf(ground), ports: [5432] },
        // Servers replicate from each other, PgBouncer connects to them, and the operator asks how they are.
        { from: [{ podSelector: { matchLabels: podLabels } }, operator], ports: [5432, 8000] },
    ]);
}
