import * as pulumi from "@pulumi/pulumi";
import type { EnvironmentPolicies } from "../components/environment";
import type { Problem } from "../components/validation";
import { evaluate, type Settings, type Subject } from "./evaluate";
import { Facts, unknownValue } from "./facts";
import { lastPart, report } from "./report";
import { type Pack, packs, type Rule, type Service } from "./rule";
import { rulesOf } from "./rules";

/** The rules of an environment, for one service. The same ones that packs run, where nobody can forget them. */
export class ServicePolicies {
    private readonly policies: EnvironmentPolicies;
    private readonly service: Service;
    private readonly today = new Date().toISOString().slice(0, 10);

    constructor(policies: EnvironmentPolicies, service: Service) {
        this.policies = policies;
        this.service = service;
    }

    /** What the component's own facts break, as problems of its arguments. Where the level is advisory, they are warnings and no problems. */
    problems(): Problem[] {
        const { type, name, facts } = this.service;
        return this.judge({ type, name, urn: "", facts: new Facts(facts) });
    }

    /** Looks at each child as it is registered, after the user's own transforms. */
    readonly transform: pulumi.ResourceTransform = async ({ type, name, props, opts }) => {
        if (type !== this.service.type && indexOf(this.packs()).has(type)) {
            const subject = { type, name, urn: "", facts: new Facts(await settled(props), opts.protect ?? false) };
            const problems = this.judge(subject);
            if (problems.length > 0) {
                throw new Error(`${lastPart(type)} "${name}" breaks policies of the environment:\n${problems.map(({ reason }) => reason).join("\n\n")}`);
            }
        }
        return undefined;
    };

    private judge(subject: Subject): Problem[] {
        const { stack, service, today } = { stack: pulumi.getStack(), service: this.service, today: this.today };
        return (indexOf(this.packs()).get(subject.type) ?? []).flatMap((rule) => {
            const { level, ...settings } = this.settingsOf(rule);
            if (level === "disabled") {
                return [];
            }
            const verdict = evaluate(rule, subject, settings, { stack, today, service });
            const reports = verdict.findings.map((finding) => `[${rule.id}] ${rule.title}\n${report(rule, finding, subject, service, verdict, "environment")}`);
            if (level === "mandatory") {
                return reports.map((reason) => ({ property: "policies", reason }));
            }
            for (const text of reports) {
                pulumi.log.warn(text);
            }
            return [];
        });
    }

    private settingsOf(rule: Rule): Settings & { level: string } {
        const { level, exemptions = [], config = {} } = this.policies;
        return { level, ...config[rule.id], exemptions: exemptions.filter((one) => one.rule === rule.id) };
    }

    private packs(): readonly Pack[] {
        return this.policies.packs ?? packs;
    }
}

const indexes = new Map<string, Map<string, Rule[]>>();

/** The rules of packs by the types that they look at. */
function indexOf(chosen: readonly Pack[]): Map<string, Rule[]> {
    const key = chosen.join();
    let index = indexes.get(key);
    if (index === undefined) {
        index = new Map();
        for (const rule of chosen.flatMap(rulesOf)) {
            for (const type of Object.keys(rule.checks)) {
                index.set(type, [...(index.get(type) ?? []), rule]);
            }
        }
        indexes.set(key, index);
    }
    return index;
}

/** Properties with the values of their outputs; those that aren't known yet are marked. */
async function settled(value: unknown): Promise<unknown> {
    if (pulumi.Output.isInstance(value)) {
        const inner = value as unknown as { isKnown: Promise<boolean>; promise(): Promise<unknown> };
        return (await inner.isKnown) ? settled(await inner.promise()) : unknownValue;
    }
    if (value instanceof Promise) {
        return settled(await value);
    }
    if (Array.isArray(value)) {
        return Promise.all(value.map(settled));
    }
    if (value !== null && typeof value === "object" && !pulumi.Resource.isInstance(value)) {
        return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([key, one]) => [key, await settled(one)] as const)));
    }
    return value;
}
