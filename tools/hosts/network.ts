/**
 * The addresses of test hosts: each has a network namespace of its own and a link to the machine, which passes on what leaves it, so that apt
 * works inside. None of them is one of the test cluster's.
 */
export const HOSTS_RANGE = "10.215.0.0/16";

/** Hosts are numbered from 1. */
export const MOST_HOSTS = 250;

export interface HostLink {
    /** The machine's end. */
    readonly interface: string;
    readonly gateway: string;
    /** The host's own address. */
    readonly address: string;
}

export function linkOf(slot: number): HostLink {
    return { interface: `ds-host${slot}`, gateway: `10.215.${slot}.1`, address: `10.215.${slot}.2` };
}

/** What makes the machine pass on what hosts send and get, as arguments of `iptables` after the command. Others' rules stay as they are. */
export const RULES: readonly (readonly [table: string, chain: string, ...rule: string[]])[] = [
    ["nat", "POSTROUTING", "-s", HOSTS_RANGE, "!", "-d", HOSTS_RANGE, "-j", "MASQUERADE"],
    ["filter", "FORWARD", "-s", HOSTS_RANGE, "-j", "ACCEPT"],
    ["filter", "FORWARD", "-d", HOSTS_RANGE, "-j", "ACCEPT"],
];
