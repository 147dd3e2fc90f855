export { VmServerProvider } from "./server-provider";
export { VmUserProvider } from "./user-provider";
