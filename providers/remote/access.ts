/** How to reach a networked server, and who logs in there. Types only: programs import this for free. */
import type { ServiceKind } from "../../components/backend";
import type { SshTarget } from "./ssh";

/**
 * How the administrator logs in. The password comes from exactly one of `password`, `passwordFile`, `passwordEnv` and `secretArn`; all but the first
 * are read at the moment of use, by the machine that runs `up`, so that the password is in no state and no program.
 */
export interface AdminLogin {
    /** Not needed with `secretArn`, whose secret tells it. */
    readonly username?: string;
    /** Secret. It lands in the state, encrypted. */
    readonly password?: string;
    /** A file that holds nothing but the password; a line end after it is ignored. An absolute path, or one below `~/`. */
    readonly passwordFile?: string;
    /** The name of an environment variable of `pulumi up`. */
    readonly passwordEnv?: string;
    /** A secret of AWS Secrets Manager: JSON with `username` and `password`, as RDS keeps it. */
    readonly secretArn?: string;
    /** The secret's region. @default the one in `secretArn` */
    readonly region?: string;
    /** The profile of the AWS configuration. @default as every AWS SDK: `AWS_PROFILE`, the environment, the machine's role */
    readonly profile?: string;
}

/** A machine through which the server is reached. */
export interface Bastion extends SshTarget {
    /** In place of `privateKey`: a file, read at the moment of use. An absolute path, or one below `~/`. */
    readonly privateKeyFile?: string;
}

/** How an administrator reaches a server. */
export interface ServerAccess {
    readonly kind: ServiceKind;
    /** The service's name, for messages. */
    readonly service: string;
    readonly host: string;
    readonly port: number;
    /** The name in the server's certificate. @default host */
    readonly servername?: string;
    /** The PEM certificates of the authorities that signed the server's certificate. @default those that Node trusts */
    readonly certificates?: string;
    /** Queues: where RabbitMQ's management API is. @default host */
    readonly managementHost?: string;
    /** @default 15671 */
    readonly managementPort?: number;
    /** @default none: the server is reached directly */
    readonly bastion?: Bastion;
    readonly admin: AdminLogin;
}

/** The port of RabbitMQ's management API with TLS. */
export const defaultManagementPort = 15671;
