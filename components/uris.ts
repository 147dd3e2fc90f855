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
    const query = new URLSearchParams(sslParameters(parts)).toString();
    return `postgresql://${authority(parts)}/${encode(parts.path ?? "")}${query && `?${query}`}`;
}

/** As the PostgreSQL JDBC driver reads it: user and password are parameters. */
export function jdbcUri(parts: UriParts): string {
    const query = new URLSearchParams({ user: parts.username, password: parts.password, ...sslParameters(parts) });
    // The JDBC driver decodes "+" as itself in some versions: spaces are written as %20.
    return `jdbc:postgresql://${parts.host}:${parts.port}/${encode(parts.path ?? "")}?${query.toString().replaceAll("+", "%20")}`;
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

function authority({ username, password, host, port }: UriParts): string {
    return `${encode(username)}:${encode(password)}@${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** `encodeURIComponent` leaves `!'()*` alone, which some parsers read as delimiters. */
function encode(text: string): string {
    return encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}
