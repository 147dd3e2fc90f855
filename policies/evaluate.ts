import { type Exemption, exemptionFor } from "./exemptions";
import { type Facts, UnknownFact } from "./facts";
import { type Circumstances, configOf, type Finding, type Rule, type StackResource } from "./rule";

/** A resource as rules see it. */
export interface Subject {
    readonly type: string;
    readonly name: string;
    readonly urn: string;
    readonly facts: Facts;
}

/** What the user set for a rule. */
export interface Settings {
    readonly exemptions?: readonly Exemption[];
    readonly [parameter: string]: unknown;
}

/** What a rule says of a resource. */
export interface Verdict {
    readonly findings: readonly Finding[];
    /** The property that decides and isn't known before `up`. */
    readonly unknown?: UnknownFact;
    /** Exemptions that would have counted, and why they don't. */
    readonly void: readonly string[];
}

const nothing: Verdict = { findings: [], void: [] };

/** Asks a rule about a resource. Exemptions are looked at only where there is something to exempt. */
export function evaluate(rule: Rule, subject: Subject, settings: Settings, circumstances: Omit<Circumstances, "config">): Verdict {
    const check = Object.hasOwn(rule.checks, subject.type) ? rule.checks[subject.type] : undefined;
    if (check === undefined) {
        return nothing;
    }
    return judge(settings, circumstances.today, subject, () => check(subject.facts, { ...circumstances, config: configOf(rule, settings) }));
}

/** Asks a rule about a whole stack; exemptions name the stack. */
export function evaluateStack(
    rule: Rule,
    resources: readonly StackResource[],
    settings: Settings,
    circumstances: Omit<Circumstances, "config" | "service">,
): Verdict {
    const stackCheck = rule.stack;
    if (stackCheck === undefined) {
        return nothing;
    }
    const subject = { name: circumstances.stack, urn: "" };
    return judge(settings, circumstances.today, subject, () => stackCheck(resources, { ...circumstances, config: configOf(rule, settings) }));
}

function judge(settings: Settings, today: string, subject: Pick<Subject, "name" | "urn">, check: () => Finding | readonly Finding[] | undefined): Verdict {
    let findings: readonly Finding[];
    try {
        findings = [check() ?? []].flat();
    } catch (error) {
        if (error instanceof UnknownFact) {
            return { findings: [], unknown: error, void: [] };
        }
        throw error;
    }
    if (findings.length === 0) {
        return nothing;
    }
    const exemption = exemptionFor(subject, settings.exemptions ?? [], today);
    return exemption.counts ? nothing : { findings, void: exemption.void };
}
