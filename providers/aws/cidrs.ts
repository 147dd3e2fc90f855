import { isIPv4, isIPv6 } from "node:net";

/** Wider than this nobody's own network is: 10.0.0.0/8 for IPv4, and what a registry gives a provider for IPv6. */
const widest = { 4: 8, 6: 32 } as const;

/** What is wrong with a range of addresses that may connect; undefined when nothing is. */
export function cidrProblem(cidr: string): string | undefined {
    const [address = "", prefix = "", ...rest] = cidr.split("/");
    const family = isIPv4(address) ? 4 : isIPv6(address) ? 6 : undefined;
    const length = /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
    if (family === undefined || rest.length > 0 || !(length <= (family === 4 ? 32 : 128))) {
        return 'must be a range of addresses, such as "10.0.0.0/16"';
    }
    if (length < widest[family]) {
        const all = length === 0 ? "is the whole internet" : "is far more than a network of yours";
        return `${all}: a service is never opened to that. Name the ranges of the programs that connect, /${widest[family]} at the widest`;
    }
    if (family === 4) {
        const network = networkOf(address, length);
        if (network !== address) {
            return `has bits beyond its /${length}; write "${network}/${length}"`;
        }
    }
    return undefined;
}

export function isIpv6Range(cidr: string): boolean {
    return cidr.includes(":");
}

function networkOf(address: string, length: number): string {
    const bits = address.split(".").reduce((all, part) => all * 256 + Number(part), 0);
    const block = 2 ** (32 - length);
    const network = Math.floor(bits / block) * block;
    return [24, 16, 8, 0].map((shift) => Math.floor(network / 2 ** shift) % 256).join(".");
}
