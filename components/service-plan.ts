import type * as pulumi from "@pulumi/pulumi";
import { accessLevels, type Backend, type Capability, type JsonSchema, type ServiceKind, type ServiceProvider, type ServiceSpec } from "./backend";
import { type Durability, durabilities } from "./durability";
import { backendsWith, type EnvironmentPolicies, place, tagsSchema } from "./environment";
import { DataLoss } from "./identity";
import { checkName } from "./names";
import type { BindingArgs, ServiceArgs } from "./service-args";
import { resolveSize, type Size, sizes } from "./size";
import { didYouMean, type Problem, show, throwProblems, validate } from "./validation";

/** How one kind of service differs from the others in what it takes. */
export interface KindDescription {
    readonly kind: ServiceKind;
    /** The class's name, for errors. */
    readonly component: string;
    /** The schema of all arguments; made with {@link argsSchema}. */
    readonly args: JsonSchema;
    /** The schema of a binding's arguments; made with {@link bindingSchema}. */
    readonly binding: JsonSchema;
    /** Arguments that ask for a capability. */
    readonly demands: Readonly<Record<string, Capability>>;
}

type Properties = Readonly<Record<string, JsonSchema>>;

const positive: JsonSchema = { type: "number", exclusiveMinimum: 0 };

/** The schema of a component's arguments: the common ones and the kind's own. */
export function argsSchema(own: Properties): JsonSchema {
    return {
        type: "object",
        additionalProperties: false,
        properties: {
            version: { type: "string" },
            size: { type: "string", enum: Object.keys(sizes) },
            cpu: positive,
            memoryGb: positive,
            storageGb: positive,
            durability: { type: "string", enum: durabilities },
            highAvailability: { type: "boolean" },
            allowMajorUpgrade: { type: "boolean" },
            settings: { type: "object", additionalProperties: { type: "string" } },
            tags: tagsSchema,
            allowDataLoss: { type: "array", items: { type: "string", enum: Object.values(DataLoss) } },
            // Checked by environment.ts, which knows the backends.
            environment: {},
            // Each is checked as the arguments of bind().
            bindings: { type: "object" },
            ...own,
        },
    };
}

/** The schema of a binding's arguments: the common ones and the kind's own. */
export function bindingSchema(kind: ServiceKind, own: Properties): JsonSchema {
    return {
        type: "object",
        additionalProperties: false,
        properties: {
            access: { type: "string", enum: accessLevels[kind] },
            username: {
                type: "string",
                pattern: "^[A-Za-z_][A-Za-z0-9_.-]{0,62}$",
                description: 'a letter or "_", then letters, digits, "_", "." and "-", 63 characters at most',
            },
            // An Input: checked where its value is known.
            password: {},
            rotation: { type: "string" },
            ...own,
        },
    };
}

/** A service that passed all checks and isn't registered yet. */
export interface ServicePlan<Spec extends ServiceSpec = ServiceSpec> {
    readonly description: KindDescription;
    readonly name: string;
    /** The component's inputs in the state: plain facts, never a secret or an `Input`, for policies and people to read. */
    readonly facts: ServiceFacts;
    readonly spec: Spec;
    readonly provider: ServiceProvider<never, Spec>;
    readonly config: never;
    /** The component's options, with the environment's rules looking at each child where there are such rules. */
    options(opts: pulumi.ComponentResourceOptions): pulumi.ComponentResourceOptions;
}

/** What a policy knows of a service. What the user didn't ask for is absent, so that a new fact changes no state. */
export interface ServiceFacts {
    readonly backend: string;
    readonly kind: ServiceKind;
    readonly version?: string;
    readonly size: Size;
    readonly durability: Durability;
    readonly cpu?: number;
    readonly memoryGb?: number;
    readonly storageGb?: number;
    readonly highAvailability?: true;
    readonly pointInTimeRecovery?: true;
    readonly tags?: Readonly<Record<string, string>>;
}

/**
 * Checks all that can be known without the engine, and throws all problems at once.
 *
 * @param own what only this kind's spec has
 * @param caller the component's class
 */
export function planService<Own extends object>(
    description: KindDescription,
    name: string,
    args: ServiceArgs & { bindings?: { [name: string]: BindingArgs } },
    own: () => Own,
    caller: object,
): ServicePlan<ServiceSpec & Own> {
    const { kind } = description;
    const argProblems = validate(description.args, args, "");
    const placed = place(kind, args.environment);
    const problems = [...checkName("name", name), ...argProblems, ...placed.problems];
    for (const [binding, bindingArgs] of Object.entries(args.bindings ?? {})) {
        problems.push(...bindingProblems(description, binding, bindingArgs, `bindings.${binding}`));
    }
    if (placed.placement && argProblems.length === 0) {
        problems.push(...providerProblems(description, args, placed.placement.backend));
    }
    throwProblems(`${description.component} ${show(name)}`, problems, caller);

    // place() returns a placement or problems, and problems have been thrown.
    const { backend, config, configPath, defaults } = placed.placement as NonNullable<typeof placed.placement>;
    const size = resolveSize(args.size ?? defaults.size ?? "small", args);
    const durability = args.durability ?? defaults.durability ?? "standard";
    const spec: ServiceSpec & Own = {
        version: args.version,
        size,
        durability,
        highAvailability: args.highAvailability ?? false,
        allowMajorUpgrade: args.allowMajorUpgrade ?? false,
        allowDataLoss: args.allowDataLoss ?? [],
        tags: { ...defaults.tags, ...args.tags },
        settings: args.settings ?? {},
        ...own(),
    };
    // The registry pairs each provider with its own config, which validation has checked; types can't follow it there.
    const provider = backend[kind] as unknown as ServiceProvider<never, ServiceSpec & Own>;
    throwProblems(`${description.component} ${show(name)}`, provider.check?.({ service: name, config, configPath, spec }) ?? [], caller);
    const facts = {
        backend: backend.name,
        kind,
        ...(args.version === undefined ? {} : { version: args.version }),
        size: size.name,
        durability,
        ...askedFor(args, spec),
    };
    const policies = policiesOf(placed.placement?.policies, description, name, facts);
    throwProblems(`${description.component} ${show(name)}`, policies?.problems() ?? [], caller);
    const options = (opts: pulumi.ComponentResourceOptions) => (policies === undefined ? opts : policies.watching(opts));
    return { description, name, facts, spec, provider, config, options };
}

/** Facts that are there only where somebody asked for more than the size says. */
function askedFor(args: ServiceArgs, spec: ServiceSpec & { pointInTimeRecovery?: boolean }): Partial<ServiceFacts> {
    const { cpu, memoryGb, storageGb } = args;
    return {
        ...(cpu === undefined ? {} : { cpu }),
        ...(memoryGb === undefined ? {} : { memoryGb }),
        ...(storageGb === undefined ? {} : { storageGb }),
        ...(spec.highAvailability ? { highAvailability: true } : {}),
        ...(spec.pointInTimeRecovery ? { pointInTimeRecovery: true } : {}),
        ...(Object.keys(spec.tags).length === 0 ? {} : { tags: spec.tags }),
    };
}

/** The rules are read only where an environment asks for them. */
function policiesOf(policies: EnvironmentPolicies | undefined, { component }: KindDescription, name: string, facts: ServiceFacts) {
    if (policies === undefined) {
        return undefined;
    }
    const { ServicePolicies } = require("../policies/in-components") as typeof import("../policies/in-components");
    return new ServicePolicies(policies, { type: `data-services:index:${component}`, name, facts: { ...facts } });
}

/** What is wrong with a binding's name and arguments; `path` is put before each property. */
export function bindingProblems(description: KindDescription, name: string, args: BindingArgs, path = ""): Problem[] {
    const at = (property: string) => (path === "" ? property : `${path}.${property}`);
    const problems = [...checkName(path === "" ? "name" : path, name), ...validate(description.binding, args, path)];
    const { password, rotation } = args ?? {};
    if (password !== undefined && rotation !== undefined) {
        problems.push({ property: at("rotation"), reason: "makes a new random password, but this binding has a password of yours. Remove one of the two." });
    }
    // A password is never shown, not even a wrong one.
    if (typeof password === "string" && (password === "" || /\p{Cc}/u.test(password))) {
        problems.push({ property: at("password"), reason: "must hold at least one character and no control characters." });
    }
    return problems;
}

/** What the chosen backend can't do for this kind. */
function providerProblems({ kind, demands }: KindDescription, args: ServiceArgs, backend: Backend): Problem[] {
    const provider = backend[kind];
    if (!provider) {
        return [];
    }
    const problems: Problem[] = [];
    const { version } = args;
    if (version !== undefined && !provider.versions.includes(version)) {
        problems.push({
            property: "version",
            reason: `the backend "${backend.name}" has no ${kind} of version ${show(version)}${didYouMean(version, provider.versions)} Allowed: ${provider.versions.join(", ")}.`,
        });
    }
    for (const [property, capability] of Object.entries(demands)) {
        if ((args as Record<string, unknown>)[property] && !provider.capabilities[capability]) {
            problems.push({
                property,
                reason: `the backend "${backend.name}" has no ${words(capability)} for a ${kind}. ${backendsWith(kind, capability)} Remove ${property}, or place the ${kind} on another backend in this environment.`,
            });
        }
    }
    return problems;
}

/** `pointInTimeRecovery` as "point in time recovery". */
function words(capability: string): string {
    return capability.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
