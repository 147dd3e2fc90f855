import { type Presence, type UserInputs, UserProvider } from "../../protocols/user-provider";
import { SshError } from "../../remote/ssh";
import { isPassing, type VmServerAccess, withAdmin } from "./admin";

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

    /** A host or a server that is down says nothing about its users. */
    protected async find({ server, ...user }: VmUserInputs, password: string): Promise<Presence> {
        try {
            return await withAdmin(server, async (protocol, admin) => ((await protocol.canLogIn(admin, user, password)) ? "present" : "absent"));
        } catch (error) {
            if (isPassing(error) || error instanceof SshError) {
                return "unknown";
            }
            throw error;
        }
    }
}
