import * as pulumi from "@pulumi/pulumi";
import type { KnownOperator } from "./releases";

/** By the connection to the engine, of which each run of a program has its own. */
const announced = new WeakMap<object, Set<string>>();

/** Tells the rest of the program that it installs these operators. */
export function announce(operators: readonly KnownOperator[]): void {
    const crds = announced.get(run()) ?? new Set();
    announced.set(run(), crds);
    for (const crd of operators.flatMap((operator) => operator.crds)) {
        crds.add(crd);
    }
}

/** Whether an `Operators` that was made before in this program brings a CustomResourceDefinition, so that its absence now means nothing. */
export function isAnnounced(crd: string): boolean {
    return announced.get(run())?.has(crd) ?? false;
}

const noRun = {};

function run(): object {
    return pulumi.runtime.getMonitor() ?? noRun;
}
