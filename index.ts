export type { Access, ServiceKind } from "./components/backend";
export { Durability } from "./components/durability";
export {
    type Environment,
    type EnvironmentDefaults,
    type EnvironmentPolicies,
    type PolicyExemption,
    PolicyLevel,
    PolicyPackName,
} from "./components/environment";
export { DataLoss } from "./components/identity";
export { CacheAccess, type CacheBindingArgs, EvictionPolicy, ManagedCache, type ManagedCacheArgs } from "./components/managed-cache";
export { DatabaseAccess, type DatabaseBindingArgs, ManagedDatabase, type ManagedDatabaseArgs } from "./components/managed-database";
export { ManagedQueue, type ManagedQueueArgs, QueueAccess, type QueueBindingArgs, type QueuePermissions } from "./components/managed-queue";
export type { BindingEnvFrom, BindingSecret, BindingVolume, EnvFromArgs, ProjectionArgs, SecretArgs, VolumeArgs } from "./components/projection";
export type { BindingArgs, ServiceArgs } from "./components/service-args";
export { type Bindable, type BindingValues, exportBindings, type ServiceBinding, toVcapServices } from "./components/service-binding";
export { Size } from "./components/size";
export type { BackendConfigs } from "./providers";
