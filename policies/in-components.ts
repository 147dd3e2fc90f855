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

    /** The options of the component, with a look at each of its children. */
    watching(opts: pulumi.ComponentResourceOptions): pulumi.ComponentResourceOptions {
        return {
            ...opts,
            transformations: [...(opts.transformations ?? []), this.transformation],
            transforms: [...(opts.transforms ?? []), this.transform],
        };
    }

    /** Before a child is registered, by what the program itself knows of it by then: it ends there. */
    private readonly transformation: pulumi.ResourceTransformation = ({ type, name, props, opts }) => {
        if (this.looksAt(type)) {
            const subject = { type, name, urn: "", facts: new Facts(known(props), opts.protect ?? false) };
            const problems = this.judge(subject, () => undefined);
            if (problems.length > 0) {
                const error = new pulumi.RunError(refusal(subject, problems));
                // Nobody sees the stack, and some versions of Node take a minute to format one that leads through Pulumi's SDK.
                error.stack = error.message;
                throw error;
            }
        }
        return undefined;
    };

    /** As it is registered, after the user's own transforms, and with the values of outputs. A preview goes on, to tell of all children. */
    private readonly transform: pulumi.ResourceTransform = async ({ type, name, props, opts }) => {
        if (this.looksAt(type)) {
            const subject = { type, name, urn: "", facts: new Facts(await settled(props), opts.protect ?? false) };
            const problems = this.judge(subject);
            if (problems.length > 0) {
                // Some versions of Node take a minute to print the error that the engine hands back to the program.
                await pulumi.log.error(refusal(subject, problems));
                if (!pulumi.runtime.isDryRun()) {
                    throw new Error(refusal(subject, problems));
                }
            }
        }
        return undefined;
    };

    private looksAt(type: string): boolean {
        return type !== this.service.type && indexOf(this.packs()).has(type);
    }

    private judge(subject: Subject, warn: (text: string) => unknown = (text) => pulumi.log.warn(text)): Problem[] {
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
                warn(text);
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

function refusal({ type, name }: Subject, problems: readonly Problem[]): string {
    return `${lastPart(type)} "${name}" breaks policies of the environment:\n${problems.map(({ reason }) => reason).join("\n\n")}`;
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

/** Properties as they are without waiting: outputs are marked as unknown. */
function known(value: unknown): unknown {
    if (pulumi.Output.isInstance(value) || value instanceof Promise) {
        return unknownValue;
    }
    if (Array.isArray(value)) {
        return value.map(known);
    }
    if (value !== null && typeof value === "object" && !pulumi.Resource.isInstance(value)) {
        return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, known(one)] as const));
    }
    return value;
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
