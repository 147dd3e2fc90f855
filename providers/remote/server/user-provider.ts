import { type Presence, type UserInputs, UserProvider } from "../../protocols/user-provider";
import type { ServerAccess } from "../access";
import { withAdmin } from "./admin";
import { RemoteError } from "./trouble";

/** The inputs of the `RemoteUser` resource. */
export interface RemoteUserInputs extends UserInputs {
    /** How to reach the server. */
    readonly server: ServerAccess;
}

/** The provider of `RemoteUser`: one user of one networked server. */
export class RemoteUserProvider extends UserProvider<RemoteUserInputs> {
    protected readonly replacing = [];
    protected override readonly updating = ["server"] as const;

    protected ensure({ server, ...user }: RemoteUserInputs, password: string): Promise<void> {
        return withAdmin(server, ({ protocol, admin }) => protocol.ensureUser(admin, user, password));
    }

    protected drop({ server, ...user }: RemoteUserInputs): Promise<void> {
        return withAdmin(server, ({ protocol, admin }) => protocol.dropUser(admin, user));
    }

    /** A server that can't be reached, or that doesn't let the administrator in, tells nothing of its users. */
    protected async find({ server, ...user }: RemoteUserInputs, password: string): Promise<Presence> {
        try {
            return await withAdmin(server, async ({ protocol, admin }) => ((await protocol.canLogIn(admin, user, password)) ? "present" : "absent"), 10);
        } catch (error) {
            if (error instanceof RemoteError && ["unreachable", "bastion", "login"].includes(error.trouble)) {
                return "unknown";
            }
            throw error;
        }
    }
}
