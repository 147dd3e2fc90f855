import type { JsonSchema } from "../../components/backend";

/** How one machine is reached over SSH. */
export interface VmLoginConfig {
    /** The machine's address or name. */
    address?: string;
    /** The port of its SSH server. @default 22 */
    sshPort?: number;
    /** Who logs in: root, or a user who may run everything by sudo without a password. */
    user?: string;
    /** The file of the private key; an absolute path, or one below `~/`. @default none */
    privateKeyFile?: string;
    /** The private key's text, without a passphrase; set it as a secret of the stack. @default none */
    privateKey?: string;
    /** Log in with the keys of the agent at `SSH_AUTH_SOCK`. @default true where neither `privateKeyFile` nor `privateKey` is set */
    agent?: boolean;
    /** The machine's public host key, as `ssh-keyscan` prints it, or its fingerprint "SHA256:…". Another key is refused. */
    hostKey?: string;
}

/** A host, and how services run on it. */
export interface VmHostConfig extends VmLoginConfig {
    /** The machine through which the host is reached. @default none */
    jump?: VmLoginConfig;
    /** Whether the user becomes root by sudo. @default true, but for the user root */
    sudo?: boolean;
    /** The name or address that clients connect to; it stands in certificates and bindings. @default the host's address */
    endpoint?: string;
    /** The addresses that may connect, such as "10.0.0.0/8". @default the private ranges of IPv4 and IPv6 */
    allowedCidrs?: string[];
    /** Whether a change that needs it may restart a server, which is away for some seconds. Without, it waits, and every `up` says so. @default true */
    allowRestart?: boolean;
}

/** The settings of the `vm` backend: a host, or several. */
export interface VmConfig extends VmHostConfig {
    /** Short for `address`. */
    host?: string;
    /** More hosts, by names of your own. Each has the settings beside `hosts`, overridden by its own. @default none */
    hosts?: { [name: string]: VmHostConfig };
    /** The host of a service, by the service's name. @default the settings beside `hosts`, or the only one of `hosts` */
    placement?: { [service: string]: string };
    /** The port of a service, by the service's name. A change restarts the server. @default a free one, kept for the service's life */
    ports?: { [service: string]: number };
    /** Databases: scheduled backups on the host, and the write-ahead log, for the way back to any moment. @default none */
    backups?: VmBackupsConfig;
}

/** Backups of databases. */
export interface VmBackupsConfig {
    /** When, as systemd's `OnCalendar` reads it. @default "*-*-* 02:00:00": every night at two */
    schedule?: string;
    /** How many base backups are kept, each with the log from then on. @default 7 */
    keep?: number;
    /** Where; an absolute path of the host. Another disk, or one of another machine, survives the loss of the first. @default "/var/backups/postgresql" */
    directory?: string;
}

const text: JsonSchema = { type: "string", minLength: 1 };
const port: JsonSchema = { type: "integer", minimum: 1, maximum: 65535 };
const address: JsonSchema = {
    type: "string",
    pattern: "^[A-Za-z0-9]([A-Za-z0-9.:-]{0,251}[A-Za-z0-9])?$",
    description: "a name or an address, without a port",
};

const login: Readonly<Record<string, JsonSchema>> = {
    address,
    sshPort: port,
    user: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_.-]*$", description: "the name of a user of the machine" },
    privateKeyFile: { type: "string", pattern: "^(/|~/|[A-Za-z]:\\\\)", description: "an absolute path or one below ~/" },
    privateKey: text,
    agent: { type: "boolean" },
    hostKey: text,
};

const host: Readonly<Record<string, JsonSchema>> = {
    ...login,
    jump: { type: "object", additionalProperties: false, properties: login },
    sudo: { type: "boolean" },
    endpoint: address,
    allowedCidrs: {
        type: "array",
        minItems: 1,
        items: { type: "string", pattern: "^[0-9A-Fa-f.:]+/[0-9]{1,3}$", description: 'a range of addresses, such as "10.0.0.0/8"' },
    },
    allowRestart: { type: "boolean" },
};

export const config: JsonSchema = {
    type: "object",
    additionalProperties: false,
    properties: {
        ...host,
        host: address,
        hosts: { type: "object", additionalProperties: { type: "object", additionalProperties: false, properties: host } },
        placement: { type: "object", additionalProperties: text },
        ports: { type: "object", additionalProperties: port },
        backups: {
            type: "object",
            additionalProperties: false,
            properties: {
                schedule: {
                    type: "string",
                    pattern: "^[A-Za-z0-9*:,./ ~-]+$",
                    description: 'a time as systemd writes it, such as "*-*-* 02:00:00" or "daily"',
                },
                keep: { type: "integer", minimum: 1 },
                directory: { type: "string", pattern: "^/[A-Za-z0-9/._-]+$", description: "an absolute path of the host, without spaces" },
            },
        },
    },
};
