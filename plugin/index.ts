// The components for programs in other languages: `pulumi package add` reads this folder and makes an SDK of it.
export { ManagedCache, ManagedDatabase, ManagedQueue } from "../index";
