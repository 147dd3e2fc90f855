export { InstanceProvider } from "./instance-provider";
export { PasswordProvider } from "./password-provider";
