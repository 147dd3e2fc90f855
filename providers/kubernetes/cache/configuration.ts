import type { CacheSpec } from "../../../components/backend";
import { hash } from "../../../components/names";
import { type Directives, impliedDirectives, quote, userDirectives } from "../../protocols/valkey-settings";

export const port = 6379;

/** The user that this library logs in as. */
export const administrator = "data_services_admin";

/** Where the container finds what the ConfigMap and the Secret hold. */
export const configurationDirectory = "/etc/valkey";
/** The volume. */
export const dataDirectory = "/data";

/** This backend's own directives; no user changes them. */
const own: Directives = {
    // Port-forwards arrive at the pod's own loopback. "-": a cluster without IPv6 is fine.
    bind: "* -::*",
    port: "0",
    "tls-port": String(port),
    "tls-cert-file": quote(`${configurationDirectory}/tls.crt`),
    "tls-key-file": quote(`${configurationDirectory}/tls.key`),
    "tls-ca-cert-file": quote(`${configurationDirectory}/ca.crt`),
    "tls-auth-clients": "no",
    "tls-protocols": quote("TLSv1.2 TLSv1.3"),
    unixsocket: quote(""),
    "protected-mode": "yes",
    aclfile: quote(`${dataDirectory}/users.acl`),
    dir: quote(dataDirectory),
    daemonize: "no",
    supervised: "no",
    pidfile: quote(""),
    logfile: quote(""),
    // Kept at any durability, since turning it off and on again loses data at a restart: what differs is how soon it is on the disk.
    appendonly: "yes",
    "set-proc-title": "yes",
};

/** The directive that carries the revision: the server keeps this text and tells it, and makes nothing of it but its process's title. */
export const revisionDirective = "proc-title-template";

export const ownDirectives: readonly string[] = [...Object.keys(own), revisionDirective];

/** All directives of a server, with a revision that changes with any of them. */
export function directivesOf({ size, durability, evictionPolicy, settings }: CacheSpec): Directives {
    const directives = { ...impliedDirectives(size.memoryGb, durability, evictionPolicy), ...userDirectives(settings), ...own };
    return { ...directives, [revisionDirective]: quote(`{title} {listen-addr} ${hash(JSON.stringify(directives))}`) };
}
