import type { Facts } from "./facts";
import * as type from "./types";

/** The machine class that each type of resource names. */
export const classes: Readonly<Record<string, string>> = {
    [type.rdsInstance]: "instanceClass",
    [type.rdsClusterInstance]: "instanceClass",
    [type.mqBroker]: "hostInstanceType",
    [type.replicationGroup]: "nodeType",
    [type.cacheCluster]: "nodeType",
    [type.memoryDb]: "nodeType",
};

/** A class of AWS in its parts: `db.m7g.2xlarge`. */
export interface MachineClass {
    readonly family: string;
    readonly size: string;
    /** Undefined where the name doesn't tell. */
    readonly cores: number | undefined;
}

const cores: Readonly<Record<string, number>> = { nano: 2, micro: 2, small: 2, medium: 2, large: 2, xlarge: 4 };

/** The class that a resource names; undefined where it names none. */
export function machineClass(facts: Facts, path: string): MachineClass | undefined {
    const [, family, size] = /^(?:db|cache|mq)\.([a-z0-9]+)\.([a-z0-9]+)$/.exec(facts.text(path)) ?? [];
    if (family === undefined || size === undefined) {
        return undefined;
    }
    const times = /^(\d+)xlarge$/.exec(size)?.[1];
    return { family, size, cores: times === undefined ? cores[size] : 4 * Number(times) };
}
