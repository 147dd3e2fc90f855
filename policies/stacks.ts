import { matches } from "./exemptions";
import type { Parameter } from "./rule";

const patterns = (what: string, value: readonly string[]): Parameter => ({
    type: "array",
    items: { type: "string" },
    description: `The stacks that ${what}, by name; "*" stands for any text.`,
    default: value,
});

/** The parameter of rules that hold in production only. */
export const productionStacks = patterns("are production", ["prod", "prod-*", "*-prod", "production", "production-*", "*-production"]);

/** The parameter of rules about stacks that nobody depends on. */
export const developmentStacks = patterns("are for development and tests", ["dev", "dev-*", "*-dev", "test", "test-*", "ci", "ci-*", "pr-*", "preview-*"]);

/** Whether a stack is among those that a parameter names. */
export function isAmong(stacks: unknown, stack: string): boolean {
    return Array.isArray(stacks) && stacks.some((pattern) => matches(pattern, stack));
}
