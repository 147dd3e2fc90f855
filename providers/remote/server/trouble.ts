import { ManagementError } from "../../protocols/rabbitmq";
import { defaultManagementPort, type ServerAccess } from "../access";
import { SshError } from "../ssh";

/**
 * What is wrong with a server: `unreachable` may pass by itself; `certificate`, `plaintext`, `login` and `rights` are answers; `settings` is ours to
 * correct; `version` and `policy` differ from what was asked for; `claimed` is another's; `moved` would leave the data behind.
 */
export type Trouble =
    | "unreachable"
    | "bastion"
    | "certificate"
    | "plaintext"
    | "login"
    | "rights"
    | "settings"
    | "version"
    | "policy"
    | "claimed"
    | "moved"
    | "other";

/** An error about a server, in words for whoever runs `pulumi`. Never with a secret. */
export class RemoteError extends Error {
    constructor(
        readonly trouble: Trouble,
        message: string,
        options?: ErrorOptions,
    ) {
        super(message, options);
    }
}

const servers = { database: "PostgreSQL", queue: "RabbitMQ", cache: "Valkey" } as const;

/** Codes of OpenSSL and Node for a certificate that a client doesn't take. */
const certificateCodes =
    /^(UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|CERT_|ERR_TLS_CERT_|INVALID_CA|INVALID_PURPOSE|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)/;
/** Whatever was there didn't speak TLS. */
const plaintextWords = /does not support SSL|wrong version number|packet length too long|http request|ERR_SSL_WRONG_VERSION_NUMBER|it doesn't encrypt/i;
const networkCodes = ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"];
/** PostgreSQL is starting or stopping, or has no free connection. */
const passingStates = ["57P01", "57P02", "57P03", "08006", "53300"];
const networkWords =
    /ECONNREFUSED|ECONNRESET|ETIMEDOUT|socket hang up|socket disconnected|terminated unexpectedly|Connection is closed|timeout|no answer within|^LOADING /i;

/** The subject of messages: `the database "orders" at db.example.com:5432`. */
export function subjectOf({ kind, service, host, port }: ServerAccess): string {
    return `the ${kind} "${service}" at ${address(host, port)}`;
}

/** An error of a client, in words that say what to check. */
export function explain(access: ServerAccess, error: unknown): RemoteError {
    if (error instanceof RemoteError) {
        return error;
    }
    const subject = subjectOf(access);
    const of = (trouble: Trouble, text: string) => new RemoteError(trouble, `${subject} ${text}`, { cause: error });
    if (error instanceof SshError) {
        const passing = ["unreachable", "refused", "timeout", "lost"].includes(error.trouble);
        return of(passing ? "unreachable" : "bastion", `can't be reached through its bastion: ${error.message}${passing ? ` ${whatToCheck(access)}` : ""}`);
    }
    const { message, code = "", status } = innermost(error);
    if (certificateCodes.test(code)) {
        return of(
            "certificate",
            `shows a certificate that isn't trusted: ${message}. Set certificates to those of the authority that signed it, and servername where the ` +
                "certificate is for another name than host. Nobody logged in.",
        );
    }
    if (plaintextWords.test(message) || plaintextWords.test(code)) {
        return plaintext(access, message, { cause: error });
    }
    if (networkCodes.includes(code) || passingStates.includes(code) || networkWords.test(message)) {
        return of("unreachable", `can't be reached ${route(access)}: ${message}. ${whatToCheck(access)}`);
    }
    if (["28P01", "28000"].includes(code) || status === 401 || /^(WRONGPASS|NOAUTH)/.test(message)) {
        return of("login", `doesn't let the administrator in: ${message}. Check admin: its username and where its password comes from.`);
    }
    if (code === "42501" || status === 403 || /^NOPERM/.test(message)) {
        return of("rights", `doesn't let the administrator do what is needed: ${message}. ${neededRights[access.kind]}`);
    }
    return of("other", `failed: ${message}`);
}

/** The server speaks, and not in TLS. */
export function plaintext(access: ServerAccess, reason: string, options?: ErrorOptions): RemoteError {
    return new RemoteError(
        "plaintext",
        `${subjectOf(access)} doesn't encrypt on this port (${reason}), and connections in plain text are refused. ` +
            `Turn TLS on in ${servers[access.kind]}, or give the port that has it.`,
        options,
    );
}

const neededRights = {
    database: "It must be a superuser, or have CREATEROLE and CREATEDB and own the database where that exists already.",
    queue: 'It must have the tag "administrator".',
    cache: 'It must be allowed every command on every key: "~* &* +@all".',
} as const;

/** `directly` or through what. */
function route({ bastion }: ServerAccess): string {
    return bastion === undefined ? "directly" : `through the bastion ${address(bastion.host, bastion.port ?? 22)}`;
}

function whatToCheck(access: ServerAccess): string {
    const { host, port, bastion, kind } = access;
    const places = [address(host, port), ...(kind === "queue" ? [`its management API at ${managementAddress(access)}`] : [])].join(" and ");
    return bastion === undefined
        ? `The machine that runs "pulumi" must be let through to ${places}: check the address, firewalls and security groups; or set a bastion that can reach it.`
        : `The bastion must be let through to ${places}: check the address, firewalls and security groups.`;
}

function managementAddress({ host, managementHost = host, managementPort = defaultManagementPort }: ServerAccess): string {
    return address(managementHost, managementPort);
}

function address(host: string, port: number): string {
    return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Clients wrap what the network told them; several addresses of one name fail as one error with many. */
function innermost(error: unknown): { message: string; code?: string; status?: number } {
    const { cause, errors, code, message } = error as Error & { errors?: unknown[]; code?: string };
    if (errors?.[0] !== undefined) {
        return innermost(errors[0]);
    }
    if (cause instanceof Error) {
        const inner = innermost(cause);
        return { ...inner, message: inner.message };
    }
    return { message, ...(code === undefined ? {} : { code }), ...(error instanceof ManagementError ? { status: error.status } : {}) };
}
