/** What a connection URI is made of. */
export interface UriParts {
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly password: string;
    readonly tls: boolean;
    /** The database of PostgreSQL or the vhost of RabbitMQ. */
    readonly path?: string | undefined;
    /** A file with the certificates of the authority, where clients run on the same machine. */
    readonly certificatesFile?: string | undefined;
}

/** As libpq, `pg` and most drivers read it; `verify-full` checks the certificate and the host name. */
export function postgresqlUri(parts: UriParts): string {
    const parameters = query(sslParameters(parts));
    return `postgresql://${authority(parts)}/${encode(parts.path ?? "")}${parameters && `?${parameters}`}`;
}

/** As the PostgreSQL JDBC driver reads it: user and password are parameters. */
export function jdbcUri(parts: UriParts): string {
    const parameters = query({ user: parts.username, password: parts.password, ...sslParameters(parts) });
    return `jdbc:postgresql://${hostAndPort(parts)}/${encode(parts.path ?? "")}?${parameters}`;
}

/** As RabbitMQ's clients read it; the vhost is one escaped path segment. */
export function amqpUri(parts: UriParts): string {
    return `${parts.tls ? "amqps" : "amqp"}://${authority(parts)}/${encode(parts.path ?? "")}`;
}

/** As Redis and Valkey clients read it; database 0. */
export function redisUri(parts: UriParts): string {
    return `${parts.tls ? "rediss" : "redis"}://${authority(parts)}/0`;
}

function sslParameters({ tls, certificatesFile }: UriParts): Record<string, string> {
    if (!tls) {
        return {};
    }
    return { sslmode: "verify-full", ...(certificatesFile === undefined ? {} : { sslrootcert: certificatesFile }) };
}

function authority(parts: UriParts): string {
    return `${encode(parts.username)}:${encode(parts.password)}@${hostAndPort(parts)}`;
}

function hostAndPort({ host, port }: UriParts): string {
    return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Spaces are written as %20: libpq and some versions of the JDBC driver take "+" for itself. */
function query(parameters: Record<string, string>): string {
    return Object.entries(parameters)
        .map(([name, value]) => `${name}=${encode(value)}`)
        .join("&");
}

/** `encodeURIComponent` leaves `!'()*` alone, which some parsers read as delimiters. */
function encode(text: string): string {
    return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
