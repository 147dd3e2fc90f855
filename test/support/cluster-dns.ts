import dns, { type LookupAddress, type LookupOptions, promises } from "node:dns";

/** Finds the address of a host such as `orders-rw.data.svc`; undefined when there is none of that name. */
export type FindHost = (host: string) => Promise<string | undefined>;

type Callback = (error: NodeJS.ErrnoException | null, address?: string | LookupAddress[], family?: number) => void;

/** Names of services and of the pods behind them, with or without the cluster's domain. */
const inCluster = /^(?:[a-z0-9_-]+\.){2,}svc(?:\.cluster\.local)?\.?$/i;

/**
 * Lets this process, and no other, connect to the services of a cluster by the names that they have inside: clients that are given such a name
 * reach the server, and verify its certificate against that very name. All other names are looked up as before.
 * Returns a function that ends it.
 */
export function resolveClusterNames(find: FindHost): () => void {
    const original = dns.lookup;
    const lookup = (host: string, ...rest: [Callback] | [LookupOptions | number | undefined, Callback]): void => {
        const callback = rest[rest.length - 1] as Callback;
        const given = rest.length === 2 ? (rest[0] as LookupOptions | number | undefined) : undefined;
        if (!inCluster.test(host)) {
            (original as (...all: unknown[]) => void)(host, ...rest);
            return;
        }
        const { all = false, family = 0 } = typeof given === "object" ? given : { family: given };
        find(host).then(
            (address) => {
                // The clusters' networks of the tests are IPv4.
                if (address === undefined || family === 6 || family === "IPv6") {
                    callback(notFound(host));
                } else if (all) {
                    callback(null, [{ address, family: 4 }]);
                } else {
                    callback(null, address, 4);
                }
            },
            (error: Error) => callback(error),
        );
    };
    // Node's own `net` reads the property at every connection.
    dns.lookup = Object.assign(lookup, original) as typeof dns.lookup;
    return () => {
        dns.lookup = original;
    };
}

/** Asks a cluster's own DNS server, whose answers are addresses that this machine can reach. */
export function byClusterDns(server: string): FindHost {
    const resolver = new promises.Resolver({ timeout: 3000, tries: 3 });
    resolver.setServers([server]);
    return async (host) => {
        try {
            return (await resolver.resolve4(fullName(host)))[0];
        } catch (error) {
            if (["ENOTFOUND", "ENODATA"].includes((error as NodeJS.ErrnoException).code ?? "")) {
                return undefined;
            }
            throw error;
        }
    };
}

/** The name with the cluster's domain, which needs no search path. */
export function fullName(host: string): string {
    return `${host.replace(/\.$/, "").replace(/\.cluster\.local$/i, "")}.cluster.local`;
}

function notFound(host: string): NodeJS.ErrnoException {
    return Object.assign(new Error(`getaddrinfo ENOTFOUND ${host}`), { code: "ENOTFOUND", syscall: "getaddrinfo", hostname: host });
}
