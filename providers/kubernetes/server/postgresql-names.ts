/** Names that the objects of a database and what waits for them share. */

/** The administrator: may make roles and databases, is no superuser, and gets in by way of the API server only. */
export const administrator = "data-services";

/** A setting without a meaning of its own: its value stands for all settings, so that a server tells which of them it has read. */
export const settingsMark = "data_services.settings";

/** The role of the Pooler, and what its Service is named by. */
export const poolerRole = "pooler";

/** The names that the cluster's DNS gives a Service, the shortest first. */
export function serviceNames(service: string, namespace: string): string[] {
    return [service, `${service}.${namespace}`, `${service}.${namespace}.svc`, `${service}.${namespace}.svc.cluster.local`];
}
