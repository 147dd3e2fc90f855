import { protocols } from "../../protocols";
import type { Admin, Protocol } from "../../protocols/protocol";
import { defaultManagementPort, type ServerAccess } from "../access";
import { SshError, type SshForward, withSsh } from "../ssh";
import { readBastion, readLogin } from "./login";
import { explain, RemoteError, subjectOf } from "./trouble";

/** Where a connection goes: the address itself, or the near end of a tunnel to it. */
export interface Place {
    readonly host: string;
    readonly port: number;
}

/** The way to an address, for as long as the action runs. */
type Route = (host: string, port: number) => Promise<Place>;

/** A server within reach. */
export interface ReachedServer {
    readonly protocol: Protocol;
    readonly admin: Admin;
    /** The way to the port that clients use, and the name that its certificate must have. */
    client(): Promise<Place & { readonly servername: string }>;
}

const retryMilliseconds = 1000;

/**
 * Runs `action` with an administrator's connection to the server, through its bastion where it has one. A server that can't be reached is tried again
 * for `patienceSeconds`, so `action` may run more than once.
 *
 * @throws RemoteError
 */
export async function withAdmin<Result>(access: ServerAccess, action: (server: ReachedServer) => Promise<Result>, patienceSeconds = 30): Promise<Result> {
    const begun = Date.now();
    for (;;) {
        try {
            return await once(access, action);
        } catch (error) {
            const explained = explain(access, error);
            if (explained.trouble !== "unreachable" || Date.now() - begun > patienceSeconds * 1000) {
                throw explained;
            }
            await new Promise((resolve) => setTimeout(resolve, retryMilliseconds));
        }
    }
}

async function once<Result>(access: ServerAccess, action: (server: ReachedServer) => Promise<Result>): Promise<Result> {
    const { kind, host, port, servername = host, certificates } = access;
    const login = await readLogin(access.admin, subjectOf(access));
    const administered = kind === "queue" ? { host: access.managementHost ?? host, port: access.managementPort ?? defaultManagementPort } : { host, port };
    return withRoute(access, async (route) =>
        action({
            protocol: protocols[kind],
            admin: {
                ...(await route(administered.host, administered.port)),
                servername: administered.host === host ? servername : administered.host,
                ...(certificates === undefined ? {} : { certificates }),
                ...login,
            },
            client: async () => ({ ...(await route(host, port)), servername }),
        }),
    );
}

async function withRoute<Result>(access: ServerAccess, action: (route: Route) => Promise<Result>): Promise<Result> {
    if (access.bastion === undefined) {
        return action(async (host, port) => ({ host, port }));
    }
    const target = await readBastion(access.bastion, subjectOf(access));
    const tunnels: { tunnel: SshForward; to: string }[] = [];
    return withSsh(target, async ({ forward }) => {
        try {
            return await action(async (host, port) => {
                const tunnel = await forward(host, port);
                tunnels.push({ tunnel, to: `${host}:${port}` });
                return { host: "127.0.0.1", port: tunnel.port };
            });
        } catch (error) {
            // The client saw no more than a closed connection; the bastion knows why.
            const problem = tunnels.map(({ tunnel }) => tunnel.problem()).find((found) => found !== undefined);
            throw problem === undefined || error instanceof RemoteError ? atFarEnds(error, tunnels) : new SshError("unreachable", problem, { cause: error });
        } finally {
            await Promise.all(tunnels.map(({ tunnel }) => tunnel.close()));
        }
    });
}

/** The error with the servers' own addresses in place of the tunnels' near ends, which nobody knows. */
function atFarEnds(error: unknown, tunnels: readonly { readonly tunnel: SshForward; readonly to: string }[]): unknown {
    if (error instanceof Error) {
        error.message = tunnels.reduce((message, { tunnel, to }) => message.replaceAll(`127.0.0.1:${tunnel.port}`, to), error.message);
    }
    return error;
}
