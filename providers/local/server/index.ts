export { ServerProvider } from "./server-provider";
export { UserProvider } from "./user-provider";
