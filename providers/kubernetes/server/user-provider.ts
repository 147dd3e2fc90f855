import { type Presence, type UserInputs, UserProvider } from "../../protocols/user-provider";
import { withAdmin } from "./admin";
import { Api } from "./api";
import { engineOf } from "./engines";
import type { ServerAccess } from "./server-provider";
import { isPassing } from "./waiting";

/** The inputs of the `KubernetesUser` resource. */
export interface KubernetesUserInputs extends UserInputs {
    /** How to reach the server. */
    readonly server: ServerAccess;
}

/** The provider of `KubernetesUser`: one user of one server in a cluster. */
export class KubernetesUserProvider extends UserProvider<KubernetesUserInputs> {
    protected readonly replacing = [];
    protected override readonly updating = ["server"] as const;

    protected ensure({ server, ...user }: KubernetesUserInputs, password: string): Promise<void> {
        return withAdmin(server, (protocol, admin) => protocol.ensureUser(admin, user, password));
    }

    protected async drop({ server, ...user }: KubernetesUserInputs): Promise<void> {
        if (await hasPods(server)) {
            await withAdmin(server, (protocol, admin) => protocol.dropUser(admin, user));
        }
    }

    protected async find({ server, ...user }: KubernetesUserInputs, password: string): Promise<Presence> {
        if (!(await hasPods(server))) {
            return "unknown";
        }
        try {
            return await withAdmin(server, async (protocol, admin) => ((await protocol.canLogIn(admin, user, password)) ? "present" : "absent"));
        } catch (error) {
            if (isPassing(error)) {
                return "unknown";
            }
            throw error;
        }
    }
}

/** Without pods there is no server, and no user of it either. */
async function hasPods(server: ServerAccess): Promise<boolean> {
    const api = await Api.open(server.connection);
    return (await engineOf(server.kind).primaryPod(api, server)) !== undefined;
}
