/**
 * The addresses of the cluster. They exist on this machine only: the node has a network namespace of its own without a
 * default route, and a link to the machine, by which the machine reaches the node, its pods and its services.
 */
export const NETWORK = {
    NODE_NAME: "node",
    POD_RANGE: "10.213.0.0/24",
    POD_GATEWAY: "10.213.0.1",
    LINK_RANGE: "10.213.255.0/30",
    HOST_ADDRESS: "10.213.255.1",
    NODE_ADDRESS: "10.213.255.2",
    SERVICE_RANGE: "10.214.0.0/20",
    API_ADDRESS: "10.214.0.1",
    DNS_ADDRESS: "10.214.0.10",
} as const;

/** The machine's end of the link. */
export const INTERFACE = "data-services";

export const API_SERVER = `https://${NETWORK.NODE_ADDRESS}:6443`;

/** The ranges that the machine sends to the node. */
export const RANGES = [NETWORK.LINK_RANGE, NETWORK.POD_RANGE, NETWORK.SERVICE_RANGE];

/** Puts addresses and other names into `${...}`; an unknown name is a mistake of ours. */
export function fillIn(text: string, values: Readonly<Record<string, string>> = NETWORK): string {
    return text.replace(/\$\{([A-Z_]+)\}/g, (_, name: string) => {
        const value = values[name];
        if (value === undefined) throw new Error(`there is no value for ${name}`);
        return value;
    });
}

/** Whether two IPv4 ranges have an address in common. A single address counts as a range of one. */
export function overlap(one: string, other: string): boolean {
    const [a, b] = [parse(one), parse(other)];
    return a.first <= b.last && b.first <= a.last;
}

function parse(range: string): { readonly first: number; readonly last: number } {
    const [address = "", bits = "32"] = range.split("/");
    const number = address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
    const size = 2 ** (32 - Number(bits));
    const first = Math.floor(number / size) * size;
    return { first, last: first + size - 1 };
}
