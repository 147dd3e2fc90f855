import { type Presence, type UserInputs, UserProvider } from "../../protocols/user-provider";
import { withAdmin } from "./admin";
import { Api } from "./api";
import { engineOf } from "./engines";
import type { ServerAccess } from "./inputs";
import { claimsOf, podsOf } from "./pods";
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
        return withAdmin(engineOf(server.kind), server, (protocol, admin) => protocol.ensureUser(admin, user, password));
    }

    protected async drop({ server, ...user }: KubernetesUserInputs): Promise<void> {
        if (await hasServer(server)) {
            await withAdmin(engineOf(server.kind), server, (protocol, admin) => protocol.dropUser(admin, user));
        }
    }

    protected async find({ server, ...user }: KubernetesUserInputs, password: string): Promise<Presence> {
        if (!(await hasServer(server))) {
            return "unknown";
        }
        try {
            return await withAdmin(engineOf(server.kind), server, async (protocol, admin) =>
                (await protocol.canLogIn(admin, user, password)) ? "present" : "absent",
            );
        } catch (error) {
            if (isPassing(error)) {
                return "unknown";
            }
            throw error;
        }
    }
}

/** Without pods and volumes there is no server, and no user of it either. One that is down for a while still has its users. */
async function hasServer({ connection, kind, namespace, name }: ServerAccess): Promise<boolean> {
    const api = await Api.open(connection);
    const selector = engineOf(kind).selector(name);
    return (await podsOf(api, namespace, selector)).length > 0 || (await claimsOf(api, namespace, selector)).length > 0;
}
