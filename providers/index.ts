import type { Backend } from "../components/backend";
import type { AwsConfig } from "./aws/config";
import type { ExistingConfig } from "./existing/config";
import type { KubernetesConfig } from "./kubernetes/config";
import type { LocalConfig } from "./local/config";
import type { VmConfig } from "./vm/config";

/** The settings of each backend, by the backend's name. Exactly one key is set where a backend is chosen. */
export interface BackendConfigs {
    /** Real servers on this machine, for a laptop and for CI. */
    local?: LocalConfig;
    /** Servers in a Kubernetes cluster, or in several. */
    kubernetes?: KubernetesConfig;
    /** Managed services of AWS: RDS, Amazon MQ, ElastiCache. */
    aws?: AwsConfig;
    /** Servers that are there already, whoever runs them. */
    existing?: ExistingConfig;
    /** Servers on Linux hosts that are reached over SSH. */
    vm?: VmConfig;
}

/** How to load each backend. A backend's code is read when an environment selects it, and not before. */
export type BackendRegistry = Readonly<Record<string, () => Backend>>;

export const backends = {
    local: () => (require("./local") as typeof import("./local")).backend,
    kubernetes: () => (require("./kubernetes") as typeof import("./kubernetes")).backend,
    aws: () => (require("./aws") as typeof import("./aws")).backend,
    existing: () => (require("./existing") as typeof import("./existing")).backend,
    vm: () => (require("./vm") as typeof import("./vm")).backend,
} satisfies { readonly [Name in keyof BackendConfigs]-?: () => Backend };
