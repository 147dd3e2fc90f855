import { isIP } from "node:net";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import type { Admin } from "./protocol";

/** How a client sees to it that it talks to the server, whatever the address that the connection itself goes to. */
export function tlsOptions({ host, servername = host, certificates }: Pick<Admin, "host" | "servername" | "certificates">): ConnectionOptions {
    return {
        // An address is no name that a client may ask for (RFC 6066), but certificates can hold addresses.
        ...(isIP(servername) ? {} : { servername }),
        checkServerIdentity: (_name, certificate) => checkServerIdentity(servername, certificate),
        ...(certificates === undefined ? {} : { ca: certificates }),
    };
}
