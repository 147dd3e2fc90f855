/** Whether a range of addresses is all there are, of IPv4 or IPv6, or most of them. */
export function isWholeWorld(cidr: string): boolean {
    const [address, bits] = cidr.trim().split("/");
    return bits === undefined ? address === "0.0.0.0" || address === "::" : Number(bits) <= 1;
}
