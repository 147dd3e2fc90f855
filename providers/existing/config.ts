import type * as pulumi from "@pulumi/pulumi";
import type { JsonSchema } from "../../components/backend";

/** The settings of the `existing` backend: where the servers are that others run. */
export interface ExistingConfig {
    /** The server of one service, by the service's name. @default `server` */
    servers?: { [service: string]: ExistingServer };
    /** The server of every service that `servers` doesn't name. Databases and queues have a database or vhost each there; caches share the keys. @default none */
    server?: ExistingServer;
}

/** One server, and who administers it. */
export interface ExistingServer {
    /** The name or address that clients connect to. */
    host: string;
    /** The port, with TLS. @default 5432 (PostgreSQL), 5671 (RabbitMQ), 6379 (Valkey) */
    port?: number;
    /** The name in the server's certificate, where it isn't `host`. @default host */
    servername?: string;
    /** The PEM certificates of the authorities that signed the server's certificate; bindings hand them on. @default those that Node trusts */
    certificates?: string;
    /** In place of `certificates`: a file on the machine that runs `up`; an absolute path, or one below `~/`. */
    certificatesFile?: string;
    /** Queues: the host of RabbitMQ's management API. @default host */
    managementHost?: string;
    /** Queues: its port, with TLS. @default 15671 */
    managementPort?: number;
    /** Who makes databases, vhosts and users. */
    admin: ExistingAdmin;
    /** A machine through which the server is reached over SSH. @default none: directly */
    bastion?: ExistingBastion;
}

/** An administrator's login. Exactly one of `password`, `passwordFile`, `passwordEnv` and `secretArn`. */
export interface ExistingAdmin {
    /** Not needed with `secretArn`, whose secret tells it. */
    username?: string;
    /** Kept as a secret of the state. In a stack's config: `pulumi config set --secret --path`. */
    password?: pulumi.Input<string>;
    /** A file that holds nothing but the password, read at the moment of use; an absolute path, or one below `~/`. */
    passwordFile?: string;
    /** The name of an environment variable of `pulumi up`, read at the moment of use. */
    passwordEnv?: string;
    /** A secret of AWS Secrets Manager, JSON with `username` and `password`, read at the moment of use. */
    secretArn?: string;
    /** The secret's region. @default the one in `secretArn` */
    region?: string;
    /** The profile of the AWS configuration. @default as every AWS SDK */
    profile?: string;
}

/** A machine through which a server is reached. Exactly one of `privateKey`, `privateKeyFile` and `agent`. */
export interface ExistingBastion {
    host: string;
    /** @default 22 */
    port?: number;
    user: string;
    /** The machine's public key, as `ssh-keyscan` prints it, or its fingerprint `SHA256:…`. */
    hostKey: string;
    /** The text of a private key without a passphrase. Kept as a secret of the state. */
    privateKey?: pulumi.Input<string>;
    /** A file with such a key, read at the moment of use; an absolute path, or one below `~/`. */
    privateKeyFile?: string;
    /** Logs in with the keys of the agent at `SSH_AUTH_SOCK`. @default false */
    agent?: boolean;
}

const text: JsonSchema = { type: "string", minLength: 1 };
const port: JsonSchema = { type: "integer", minimum: 1, maximum: 65535 };
/** A name or an address, without scheme, port or path. */
const host: JsonSchema = { type: "string", pattern: "^[A-Za-z0-9_.:%-]+$", description: "a host name or an address, without a scheme and a port" };
const file: JsonSchema = { type: "string", pattern: "^(/|~/|[A-Za-z]:\\\\)", description: "an absolute path or one below ~/" };
/** `writeOnly`: no message shows what was given. An Output is an object to the schema; `check.ts` tells it from others. */
const secret: JsonSchema = { type: ["string", "object"], minLength: 1, writeOnly: true, description: "a text" };

const server: JsonSchema = {
    type: "object",
    additionalProperties: false,
    required: ["host", "admin"],
    properties: {
        host: { ...host },
        port,
        servername: text,
        certificates: { type: "string", pattern: "-----BEGIN CERTIFICATE-----", description: "certificates as PEM" },
        certificatesFile: file,
        managementHost: host,
        managementPort: port,
        admin: {
            type: "object",
            additionalProperties: false,
            properties: {
                username: text,
                password: secret,
                passwordFile: file,
                passwordEnv: { type: "string", pattern: "^[A-Za-z_][A-Za-z0-9_]*$", description: "the name of an environment variable" },
                secretArn: { type: "string", pattern: "^arn:[a-z-]+:secretsmanager:", description: "the ARN of a secret of AWS Secrets Manager" },
                region: text,
                profile: text,
            },
        },
        bastion: {
            type: "object",
            additionalProperties: false,
            required: ["host", "user", "hostKey"],
            properties: {
                host,
                port,
                user: text,
                hostKey: { ...text, description: "the bastion's own public key, as ssh-keyscan prints it, or its fingerprint SHA256:…" },
                privateKey: secret,
                privateKeyFile: file,
                agent: { type: "boolean" },
            },
        },
    },
};

export const config: JsonSchema = {
    type: "object",
    additionalProperties: false,
    properties: { servers: { type: "object", additionalProperties: server }, server },
};
