import * as pulumi from "@pulumi/pulumi";
import type { KnownOperator } from "./releases";

const announced = new WeakMap<object, Set<string>>();
/** Stands for the stack where there is no resource for it, as in tests with mocks. */
const noStack = {};

/** Tells the rest of the program that it installs these operators. */
export function announce(operators: readonly KnownOperator[]): void {
    const stack = pulumi.runtime.getStackResource() ?? noStack;
    const crds = announced.get(stack) ?? new Set();
    announced.set(stack, crds);
    for (const crd of operators.flatMap((operator) => operator.crds)) {
        crds.add(crd);
    }
}

/** Whether an `Operators` that was made before in this program brings a CustomResourceDefinition, so that its absence now means nothing. */
export function isAnnounced(crd: string): boolean {
    return announced.get(pulumi.runtime.getStackResource() ?? noStack)?.has(crd) ?? false;
}
