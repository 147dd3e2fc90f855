import type { Policies, PolicyConfigSchema, ResourceValidationPolicy, StackValidationPolicy } from "@pulumi/policy";
import { evaluate, evaluateStack, type Settings, type Verdict } from "./evaluate";
import { Facts } from "./facts";
import { report } from "./report";
import type { Finding, Pack, Rule, Service } from "./rule";
import { rulesOf } from "./rules";
import { loadSdk } from "./sdk";
import { managedServices } from "./types";

/** Serves a pack to the engine: one of them, or several as one, which the engine loads and asks once. The process serves nothing else. */
export function servePack(...chosen: readonly Pack[]): void {
    const { PolicyPack } = loadSdk();
    const name = ["data-services", ...(chosen.length === 1 ? chosen : [])].join("-");
    new PolicyPack(name, { policies: toPolicies(chosen.flatMap(rulesOf)) });
}

/** Rules as policies of CrossGuard, for packs of your own too. */
export function toPolicies(rules: readonly Rule[], today = new Date().toISOString().slice(0, 10)): Policies {
    const services = new Services();
    return rules.map((rule) => (rule.stack === undefined ? resourcePolicy(rule, services, today) : stackPolicy(rule, today)));
}

function resourcePolicy(rule: Rule, services: Services, today: string): ResourceValidationPolicy {
    return {
        ...metadata(rule),
        validateResource: (args, reportViolation) => {
            const service = services.above(args.urn, args.opts.parent, args.type, args.name, args.props);
            if (!Object.hasOwn(rule.checks, args.type)) {
                return;
            }
            const subject = { type: args.type, name: args.name, urn: args.urn, facts: new Facts(args.props, args.opts.protect) };
            const verdict = evaluate(rule, subject, args.getConfig<Settings>(), { stack: stackOf(args.urn), today, service });
            tell(verdict, (finding) => reportViolation(report(rule, finding, subject, service, verdict, "pack")));
        },
    };
}

function stackPolicy(rule: Rule, today: string): StackValidationPolicy {
    return {
        ...metadata(rule),
        validateStack: (args, reportViolation) => {
            const resources = args.resources.map(({ type, name, urn, props }) => ({ type, name, urn, facts: new Facts(props) }));
            const stack = stackOf(resources[0]?.urn ?? "");
            const verdict = evaluateStack(rule, resources, args.getConfig<Settings>(), { stack, today });
            tell(verdict, (finding) => reportViolation(report(rule, finding, { type: "Stack", name: stack }, undefined, verdict, "pack")));
        },
    };
}

function tell(verdict: Verdict, reportFinding: (finding: Finding) => void): void {
    for (const finding of verdict.findings) {
        reportFinding(finding);
    }
    // The engine's own words for a policy that has to wait for `up`.
    if (verdict.unknown?.cause !== undefined) {
        throw verdict.unknown.cause;
    }
}

/** What is worse than an inconvenience stops an update, unless the user's configuration says otherwise. */
function metadata(rule: Rule) {
    return {
        name: rule.id,
        displayName: rule.title,
        description: rule.title,
        severity: rule.severity,
        enforcementLevel: rule.severity === "critical" || rule.severity === "high" ? ("mandatory" as const) : ("advisory" as const),
        tags: [rule.pack, rule.topic],
        remediationSteps: rule.fix,
        configSchema: configSchema(rule),
    };
}

/** The parameters of a rule and its exemptions, checked by the engine before anything runs. */
export function configSchema(rule: Rule): PolicyConfigSchema {
    return {
        properties: {
            ...(rule.config as PolicyConfigSchema["properties"]),
            exemptions: {
                type: "array",
                description:
                    'Resources for which the rule doesn\'t count: [{"resource": "<name or URN, * for any text>", "reason": "<why>", "expires": "2026-12-31"}].',
                items: {
                    type: "object",
                    required: ["resource"],
                    properties: { resource: { type: "string", minLength: 1 }, reason: { type: "string" }, expires: { type: "string" } },
                    additionalProperties: false,
                },
                default: [],
            },
        },
    };
}

function stackOf(urn: string): string {
    return (urn.split("::")[0] ?? "").replace(/^urn:pulumi:/, "");
}

/** The components of this library that resources are part of. The engine asks about a component before it asks about its children. */
class Services {
    private readonly known = new Map<string, Service | undefined>();

    above(urn: string, parent: string | undefined, type: string, name: string, props: Readonly<Record<string, unknown>>): Service | undefined {
        if (!this.known.has(urn)) {
            const isOurs = (managedServices as readonly string[]).includes(type);
            this.known.set(urn, isOurs ? { type, name, facts: { durability: props.durability } } : parent === undefined ? undefined : this.known.get(parent));
        }
        return this.known.get(urn);
    }
}
