import { type Presence, type UserInputs, UserProvider } from "../../protocols/user-provider";
import { type VmServerAccess, withAdmin } from "./admin";

/** The inputs of the `VmUser` resource. */
export interface VmUserInputs extends UserInputs {
    /** How to reach the server. */
    readonly server: VmServerAccess;
}

/** The provider of `VmUser`: one user of one server on a host. */
export class VmUserProvider extends UserProvider<VmUserInputs> {
    protected readonly replacing = [];
    protected override readonly updating = ["server"] as const;

    protected ensure({ server, ...user }: VmUserInputs, password: string): Promise<void> {
        return withAdmin(server, (protocol, admin) => protocol.ensureUser(admin, user, password));
    }

    protected drop({ server, ...user }: VmUserInputs): Promise<void> {
        return withAdmin(server, (protocol, admin) => protocol.dropUser(admin, user));
    }

    /** A host or a server that can't be asked, for whatever reason, says nothing about its users: what is wrong with it is its own resource's affair. */
    protected async find({ server, ...user }: VmUserInputs, password: string): Promise<Presence> {
        try {
            const found = await withAdmin(server, (protocol, admin) => protocol.canLogIn(admin, user, password), { patienceMilliseconds: 3000 });
            return found ? "present" : "absent";
        } catch {
            return "unknown";
        }
    }
}
