import * as pulumi from "@pulumi/pulumi";
import { type BackendConfigs, type BackendRegistry, backends } from "../providers";
import type { Backend, Capability, JsonSchema, ServiceKind } from "./backend";
import { type Durability, durabilities } from "./durability";
import { type Size, sizes } from "./size";
import { didYouMean, type Problem, validate } from "./validation";

/**
 * Where the services of one environment run. The platform team writes it once per stack, as the config value
 * `data-services:environment`, or passes it in code as `environment`, which wins. With neither, everything is `local`.
 *
 * Plain values only, never `Input`s: it decides which resources exist.
 */
export interface Environment {
    /** The backend of databases, as one key with the backend's settings: `{ local: {} }`. */
    database?: BackendConfigs;
    /** The backend of queues. */
    queue?: BackendConfigs;
    /** The backend of caches. */
    cache?: BackendConfigs;
    /** What services get that don't say otherwise. */
    defaults?: EnvironmentDefaults;
    /** Rules that every service is checked by, without a policy pack; see policies/README.md. @default none */
    policies?: EnvironmentPolicies;
}

/** How the rules of this package's policy packs are applied by the components themselves. */
export interface EnvironmentPolicies {
    /** What a broken rule does: `advisory` is a warning, `mandatory` an error. */
    level: PolicyLevel;
    /** The packs whose rules count. @default all of them */
    packs?: PolicyPackName[];
    /** Resources for which a rule doesn't count. @default none */
    exemptions?: PolicyExemption[];
    /** Parameters of rules, and a `level` of their own, by the rule's id. @default what each rule says */
    // biome-ignore lint/suspicious/noExplicitAny: the schema for other languages has no other word for a value of any type
    config?: { [rule: string]: { [parameter: string]: any } };
}

/** See `EnvironmentPolicies.level`. */
export const PolicyLevel = { Advisory: "advisory", Mandatory: "mandatory" } as const;
export type PolicyLevel = (typeof PolicyLevel)[keyof typeof PolicyLevel];

/** The policy packs of this package. */
export const PolicyPackName = { Security: "security", Compliance: "compliance", Cost: "cost" } as const;
export type PolicyPackName = (typeof PolicyPackName)[keyof typeof PolicyPackName];

/** Lifts one rule for some resources. */
export interface PolicyExemption {
    /** The rule's id. */
    rule: string;
    /** The resource's name; `*` stands for any text. */
    resource: string;
    /** Why. */
    reason: string;
    /** The last day on which it counts, such as "2026-12-31". @default forever */
    expires?: string;
}

/** What the platform team sets for all services of an environment. */
export interface EnvironmentDefaults {
    /** @default "small" */
    size?: Size;
    /** @default "standard" */
    durability?: Durability;
    /** Put on every resource that has tags or labels; a service's own tags win. */
    tags?: { [name: string]: string };
}

const kinds: readonly ServiceKind[] = ["database", "queue", "cache"];

/** The schema of tags, wherever they stand. */
export const tagsSchema: JsonSchema = { type: "object", additionalProperties: { type: "string" } };

const environmentSchema: JsonSchema = {
    type: "object",
    additionalProperties: false,
    properties: {
        database: { type: "object" },
        queue: { type: "object" },
        cache: { type: "object" },
        defaults: {
            type: "object",
            additionalProperties: false,
            properties: {
                size: { type: "string", enum: Object.keys(sizes) },
                durability: { type: "string", enum: durabilities },
                tags: tagsSchema,
            },
        },
        policies: {
            type: "object",
            additionalProperties: false,
            required: ["level"],
            properties: {
                level: { type: "string", enum: Object.values(PolicyLevel) },
                packs: { type: "array", items: { type: "string", enum: Object.values(PolicyPackName) } },
                exemptions: {
                    type: "array",
                    items: {
                        type: "object",
                        additionalProperties: false,
                        required: ["rule", "resource", "reason"],
                        properties: {
                            rule: { type: "string" },
                            resource: { type: "string", minLength: 1 },
                            reason: { type: "string", pattern: "\\S", description: "why the rule doesn't count there" },
                            expires: { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}$", description: 'a date, such as "2026-12-31"' },
                        },
                    },
                },
                config: {
                    type: "object",
                    additionalProperties: {
                        type: "object",
                        properties: { level: { type: "string", enum: [...Object.values(PolicyLevel), "disabled"] } },
                    },
                },
            },
        },
    },
};

/** An environment's answer for one kind of service. */
export interface Placement {
    readonly backend: Backend;
    readonly config: never;
    /** The property path of `config` in the user's program. */
    readonly configPath: string;
    readonly defaults: EnvironmentDefaults;
    readonly policies?: EnvironmentPolicies;
}

/** Either the placement, or what is wrong with the environment. */
export type PlacementResult =
    | { readonly placement: Placement; readonly problems: readonly [] }
    | { readonly placement?: undefined; readonly problems: readonly Problem[] };

/**
 * Which backend serves a kind, and with which settings. The whole environment is checked, not only this kind's part, so that a
 * mistake shows with the first service.
 */
export function place(kind: ServiceKind, inCode: Environment | undefined, registry: BackendRegistry = backends): PlacementResult {
    const source = inCode ? { environment: inCode as unknown, path: "environment" } : fromConfig();
    if (source.environment === undefined) {
        return placeIn({ [kind]: { local: {} } }, kind, source.path, registry);
    }
    const problems = validate(environmentSchema, source.environment, source.path);
    if (problems.length > 0) {
        return { problems };
    }
    return placeIn(source.environment as Environment, kind, source.path, registry);
}

function fromConfig(): { environment: unknown; path: string } {
    const config = new pulumi.Config("data-services");
    return { environment: config.getObject<unknown>("environment"), path: "data-services:environment" };
}

function placeIn(environment: Environment, kind: ServiceKind, path: string, registry: BackendRegistry): PlacementResult {
    const problems: Problem[] = [];
    let chosen: { backend: Backend; config: unknown } | undefined;
    for (const other of kinds) {
        const choice = environment[other];
        if (choice === undefined) {
            if (other === kind) {
                problems.push({
                    property: `${path}.${kind}`,
                    reason: `is required: this program has a ${kind}. Name its backend, such as { ${kind}: { local: {} } }.`,
                });
            }
            continue;
        }
        const result = chooseBackend(choice as Record<string, unknown>, other, `${path}.${other}`, registry);
        problems.push(...result.problems);
        if (other === kind) {
            chosen = result.chosen;
        }
    }
    if (environment.policies !== undefined) {
        problems.push(...policyProblems(environment.policies, `${path}.policies`));
    }
    if (problems.length > 0 || !chosen) {
        return { problems };
    }
    const configPath = `${path}.${kind}.${chosen.backend.name}`;
    const { defaults = {}, policies } = environment;
    const placement = { backend: chosen.backend, config: chosen.config as never, configPath, defaults, ...(policies === undefined ? {} : { policies }) };
    return { placement, problems: [] };
}

/** Rules and parameters that there are none of. */
function policyProblems({ exemptions = [], config = {} }: EnvironmentPolicies, path: string): Problem[] {
    const { rulesOf, packs } = require("../policies") as typeof import("../policies");
    const rules = new Map(packs.flatMap(rulesOf).map((rule) => [rule.id, rule]));
    const unknown = (property: string, id: string) =>
        rules.has(id)
            ? []
            : [
                  {
                      property,
                      reason: `there is no rule ${JSON.stringify(id)}${didYouMean(id, [...rules.keys()])} "npm run policies" of this package lists them, and so does its policies/README.md.`,
                  },
              ];
    return [
        ...exemptions.flatMap(({ rule }, index) => unknown(`${path}.exemptions.${index}.rule`, rule)),
        ...Object.entries(config).flatMap(([id, parameters]) => [
            ...unknown(`${path}.config.${id}`, id),
            ...validate(
                { type: "object", additionalProperties: false, properties: { ...rules.get(id)?.config, level: {} } },
                rules.has(id) ? parameters : {},
                `${path}.config.${id}`,
            ),
        ]),
    ];
}

function chooseBackend(
    choice: Record<string, unknown>,
    kind: ServiceKind,
    path: string,
    registry: BackendRegistry,
): { problems: Problem[]; chosen?: { backend: Backend; config: unknown } } {
    const allowed = Object.keys(registry);
    const named = Object.keys(choice);
    const unknown = named.filter((name) => !allowed.includes(name));
    if (unknown.length > 0) {
        return {
            problems: unknown.map((name) => ({
                property: `${path}.${name}`,
                reason: `unknown backend${didYouMean(name, allowed)} Allowed: ${allowed.join(", ")}.`,
            })),
        };
    }
    const [name, ...more] = named;
    if (name === undefined || more.length > 0) {
        return {
            problems: [
                {
                    property: path,
                    reason: `exactly one backend must be named, got ${named.length === 0 ? "none" : named.join(", ")}. Allowed: ${allowed.join(", ")}.`,
                },
            ],
        };
    }
    const backend = (registry[name] as () => Backend)();
    if (!backend[kind]) {
        const able = allowed.filter((other) => registry[other]?.()[kind]);
        return { problems: [{ property: `${path}.${name}`, reason: `the backend "${name}" has no ${kind}. Backends that have: ${able.join(", ")}.` }] };
    }
    const problems = [...checkSdks(backend, `${path}.${name}`), ...validate(backend.config, choice[name] ?? {}, `${path}.${name}`)];
    return { problems, chosen: { backend, config: choice[name] ?? {} } };
}

/** A backend whose packages aren't installed is refused before anything is loaded or created. */
function checkSdks(backend: Backend, property: string): Problem[] {
    const missing = (backend.sdks ?? []).filter((sdk) => !isInstalled(sdk.package));
    if (missing.length === 0) {
        return [];
    }
    const names = missing.map((sdk) => sdk.package).join(" and ");
    const command = `npm install ${missing.map((sdk) => `"${sdk.package}@${sdk.range}"`).join(" ")}`;
    return [{ property, reason: `the backend "${backend.name}" needs ${names}, which ${missing.length > 1 ? "are" : "is"} not installed. Run: ${command}` }];
}

function isInstalled(name: string): boolean {
    try {
        require.resolve(`${name}/package.json`);
        return true;
    } catch {
        return false;
    }
}

/** Names the backends that can do what the chosen one can't. */
export function backendsWith(kind: ServiceKind, capability: Capability, registry: BackendRegistry = backends): string {
    const able = Object.entries(registry)
        .filter(([, load]) => load()[kind]?.capabilities[capability])
        .map(([name]) => name);
    return able.length > 0 ? `Backends that can: ${able.join(", ")}.` : `No backend of this version can.`;
}
