import type { Facts } from "./facts";

/** The packs that rules are sold in. */
export const packs = ["security", "compliance", "cost"] as const;
export type Pack = (typeof packs)[number];

export type Severity = "low" | "medium" | "high" | "critical";

/** The numbers under which others check the same thing. */
export interface References {
    /** AWS Foundational Security Best Practices. */
    readonly fsbp?: readonly string[];
    /** CIS AWS Foundations Benchmark. */
    readonly cis?: readonly string[];
    readonly checkov?: readonly string[];
    readonly prowler?: readonly string[];
    readonly trivy?: readonly string[];
}

/** A parameter of a rule, in the subset of JSON Schema that policy packs can express. */
export interface Parameter {
    readonly type: "string" | "number" | "integer" | "boolean" | "array" | "object";
    readonly description: string;
    /** What counts without a setting. */
    readonly default: unknown;
    readonly enum?: readonly string[];
    readonly minimum?: number;
    readonly items?: { readonly type: "string" | "number" };
    readonly additionalProperties?: { readonly type: "string" | "number" };
}

/** The parameters of a rule, with their defaults filled in. */
export type Config = Readonly<Record<string, unknown>>;

/** Something wrong with one resource. Never with a value that may be secret. */
export interface Finding {
    /** Property and value, such as "storageEncrypted is not set, which means false". */
    readonly found: string;
    /** What to do, where it isn't what the rule says. */
    readonly fix?: string;
}

/** A service of ours above a resource, in as much as rules look at it. */
export interface Service {
    readonly type: string;
    readonly name: string;
    readonly facts: Readonly<Record<string, unknown>>;
}

/** What a check knows beside the properties of the resource. */
export interface Circumstances {
    readonly config: Config;
    readonly stack: string;
    /** The date that counts for ends of support and for exemptions, as "2026-08-31". */
    readonly today: string;
    /** The component of this library that made the resource, if one did. */
    readonly service: Service | undefined;
}

/** What is wrong with a resource of one type: nothing, one thing or several. */
export type Check = (facts: Facts, circumstances: Circumstances) => Finding | readonly Finding[] | undefined;

/** One resource of a stack, for rules over all of them. */
export interface StackResource {
    readonly type: string;
    readonly name: string;
    readonly urn: string;
    readonly facts: Facts;
}

/** What is wrong with a stack as a whole. */
export type StackCheck = (resources: readonly StackResource[], circumstances: Omit<Circumstances, "service">) => Finding | readonly Finding[] | undefined;

/** A rule: data, and a function for each type of resource in which its fact can be seen. */
export interface Rule {
    /** The file's name, and the name of the policy. A contract: users' configurations name it. */
    readonly id: string;
    readonly pack: Pack;
    /** What holds where the rule is kept, as a sentence. */
    readonly title: string;
    readonly severity: Severity;
    /** The heading under which the documentation lists it. */
    readonly topic: string;
    /** Why it matters, as a sentence. */
    readonly why: string;
    /** What to do, as a sentence. */
    readonly fix: string;
    readonly references: References;
    readonly config: Readonly<Record<string, Parameter>>;
    /** By type token. */
    readonly checks: Readonly<Record<string, Check>>;
    /** Over all resources of the stack, once it is planned. */
    readonly stack?: StackCheck;
}

/** What a rule looks at: the tokens of types. */
export function typesOf(rule: Rule): string[] {
    return Object.keys(rule.checks);
}

/** The same check for several types. */
export function forTypes(types: readonly string[], check: Check): Readonly<Record<string, Check>> {
    return Object.fromEntries(types.map((type) => [type, check]));
}

/** The defaults of a rule's parameters, under what the user set. The engine fills them in too, but nobody else does. */
export function configOf(rule: Rule, set: Readonly<Record<string, unknown>> = {}): Config {
    const defaults = Object.fromEntries(Object.entries(rule.config).map(([name, parameter]) => [name, parameter.default]));
    return { ...defaults, ...Object.fromEntries(Object.entries(set).filter(([, value]) => value !== undefined)) };
}
