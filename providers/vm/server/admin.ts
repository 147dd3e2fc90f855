import type { ServiceKind } from "../../../components/backend";
import { protocols } from "../../protocols";
import type { Admin, Protocol } from "../../protocols/protocol";
import { SshError } from "../../remote/ssh";
import type { HostAccess } from "../placement";
import { onHost } from "./hosts";

/** How an administrator reaches a server on a host. */
export interface VmServerAccess {
    readonly access: HostAccess;
    readonly kind: ServiceKind;
    readonly service: string;
    /** The port of the host's loopback interface. */
    readonly adminPort: number;
    /** Secret. */
    readonly adminPassword: string;
    /** The authority's certificate, PEM. */
    readonly certificates: string;
}

/** The administrator that the agents make. */
export const administrator = "data_services";

/** Runs `action` with an administrator's connection, through SSH. A server that is just being restarted is waited for, so it may run more than once. */
export async function withAdmin<Result>(
    server: VmServerAccess,
    action: (protocol: Protocol, admin: Admin) => Promise<Result>,
    { patienceMilliseconds = 30_000 } = {},
): Promise<Result> {
    const begun = Date.now();
    for (;;) {
        try {
            return await once(server, action);
        } catch (error) {
            if (!isPassing(error) || Date.now() - begun > patienceMilliseconds) {
                throw error;
            }
            await new Promise((resolve) => setTimeout(resolve, 500));
        }
    }
}

function once<Result>(server: VmServerAccess, action: (protocol: Protocol, admin: Admin) => Promise<Result>): Promise<Result> {
    return onHost(server.access, async ({ forward }) => {
        const tunnel = await forward("127.0.0.1", server.adminPort);
        try {
            return await action(protocols[server.kind], {
                host: "127.0.0.1",
                port: tunnel.port,
                servername: "localhost",
                certificates: server.certificates,
                username: administrator,
                password: server.adminPassword,
            });
        } catch (error) {
            const problem = tunnel.problem();
            throw problem === undefined ? error : new NotListening(`the ${server.kind} "${server.service}" can't be reached: ${problem}`, { cause: error });
        } finally {
            await tunnel.close();
        }
    });
}

/** Nothing listens at the far end of the tunnel. */
class NotListening extends Error {}

/** Whether an error is one of the network or of a server that is just starting, and not an answer. */
function isPassing(error: unknown): boolean {
    if (error instanceof SshError) {
        return error.trouble === "lost";
    }
    const { code, message = "" } = error as { code?: string; message?: string };
    return (
        error instanceof NotListening ||
        ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "57P01", "57P02", "57P03", "08006"].includes(code ?? "") ||
        /^LOADING |ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|socket disconnected|terminated unexpectedly|Connection is closed/i.test(message)
    );
}
