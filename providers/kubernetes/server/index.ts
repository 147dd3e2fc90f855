export { InstanceProvider } from "./instance-provider";
export { ServerProvider } from "./server-provider";
export { KubernetesUserProvider } from "./user-provider";
