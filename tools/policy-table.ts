import { packs, type Rule } from "../policies/rule";
import { rulesOf } from "../policies/rules";

/** Every rule, in the order of the packs and their topics. */
export function allRules(): Rule[] {
    return packs.flatMap((pack) => [...rulesOf(pack)].sort((one, other) => compare(one.topic, other.topic) || compare(one.id, other.id)));
}

/** The table of policies/README.md, from what the rules say of themselves. */
export function policyTable(): string {
    return packs
        .map((pack) => `\n**${pack}**\n\n| rule | severity | what holds | looks at | also known as | parameters |\n|---|---|---|---|---|---|\n${rowsOf(pack)}`)
        .join("");
}

function rowsOf(pack: string): string {
    return allRules()
        .filter((rule) => rule.pack === pack)
        .map((rule) => `| \`${rule.id}\` | ${rule.severity} | ${rule.topic}: ${rule.title} | ${looksAt(rule)} | ${references(rule)} | ${parameters(rule)} |\n`)
        .join("");
}

/** What a rule looks at, in short: `aws: Instance, Cluster`. */
export function looksAt(rule: Rule): string {
    if (rule.stack !== undefined) {
        return "the stack";
    }
    const groups = new Map<string, string[]>();
    for (const token of Object.keys(rule.checks)) {
        const [group, name] = shorten(token);
        groups.set(group, [...(groups.get(group) ?? []), name]);
    }
    return [...groups].map(([group, names]) => `${group}: ${[...new Set(names)].join(", ")}`).join("; ");
}

function shorten(token: string): [string, string] {
    const name = token.slice(token.lastIndexOf(":") + 1);
    if (token.includes("data-services")) {
        return ["this library", name];
    }
    const module = /^aws:([a-z0-9]+)\//.exec(token)?.[1];
    return module === undefined ? [token.startsWith("pulumi:providers:") ? "providers" : (token.split(":")[0] as string), name] : ["aws", `${module}.${name}`];
}

/** The numbers under which others check the same. */
export function references({ references: { fsbp = [], cis = [], checkov = [], prowler = [], trivy = [] } }: Rule): string {
    return [...fsbp, ...cis.map((id) => `CIS ${id}`), ...checkov, ...trivy, ...prowler].join(", ");
}

function parameters(rule: Rule): string {
    return Object.entries(rule.config)
        .map(
            ([name, parameter]) =>
                `\`${name}\`${Array.isArray(parameter.default) && parameter.default.length > 3 ? "" : ` ${JSON.stringify(parameter.default)}`}`,
        )
        .join(", ");
}

function compare(one: string, other: string): number {
    return one < other ? -1 : one > other ? 1 : 0;
}
