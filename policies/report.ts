import type { Subject, Verdict } from "./evaluate";
import type { Finding, Rule, Service } from "./rule";

/** Where the user writes an exemption: the file of `--policy-pack-config`, or the environment. */
export type Place = "pack" | "environment";

/** A finding in full: which resource, what was found, why it matters, how to mend it, how to exempt it. */
export function report(
    rule: Rule,
    { found, fix }: Finding,
    subject: Pick<Subject, "type" | "name">,
    service: Service | undefined,
    verdict: Verdict,
    place: Place,
): string {
    const part = service === undefined || service.name === subject.name ? "" : `, part of ${lastPart(service.type)} "${service.name}"`;
    return [
        `${lastPart(subject.type)} "${subject.name}"${part}: ${found}.`,
        `Why: ${rule.why}`,
        `Fix: ${fix ?? rule.fix}`,
        ...verdict.void,
        `Exempt: ${exemption(rule.id, subject.name, place)}`,
    ].join("\n");
}

function exemption(id: string, resource: string, place: Place): string {
    const entry = { resource, reason: "..." };
    return place === "pack"
        ? `${JSON.stringify({ [id]: { exemptions: [entry] } })} in the file of --policy-pack-config`
        : `${JSON.stringify({ rule: id, ...entry })} in policies.exemptions of the environment`;
}

/** `Instance` of `aws:rds/instance:Instance`. */
export function lastPart(type: string): string {
    return type.slice(type.lastIndexOf(":") + 1);
}
