export { RemoteServerProvider } from "./server-provider";
export { RemoteUserProvider } from "./user-provider";
