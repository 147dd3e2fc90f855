import type { Check, Rule } from "../rule";
import { endOfSupport, endsOfSupport, engineVersions } from "../versions";

export const rule: Rule = {
    id: "versions-supported",
    pack: "compliance",
    title: "Servers are of a version that its makers still mend.",
    severity: "high",
    topic: "Versions",
    why: "After the end of support security holes stay open, and every month makes the upgrade larger.",
    fix: "Plan the upgrade to a newer major version; with this library: version, and allowMajorUpgrade for that one update.",
    references: { checkov: ["CKV_AWS_208"], prowler: ["rds_instance_deprecated_engine_version"] },
    config: {
        daysBefore: { type: "integer", minimum: 0, description: "How many days before the end of support to say so.", default: 0 },
        ends: {
            type: "object",
            additionalProperties: { type: "string" },
            description: `Ends of support, such as {"postgresql 19": "2031-11-13"}, over those known on ${endsOfSupport.asOf}.`,
            default: {},
        },
    },
    checks: Object.fromEntries(
        Object.entries(engineVersions).map(([type, versions]): [string, Check] => [
            type,
            (facts, { config, today }) =>
                versions(facts).flatMap((one) => {
                    const end = (config.ends as Record<string, string>)[`${one.engine} ${Number.parseInt(one.version, 10)}`] ?? endOfSupport(one);
                    const limit = new Date(Date.parse(today) + (config.daysBefore as number) * 24 * 60 * 60 * 1000).toISOString().slice(0, 10);
                    return end !== undefined && end < limit
                        ? [{ found: `${one.path} is ${one.engine} ${one.version}, whose support ${end < today ? "ended" : "ends"} on ${end}` }]
                        : [];
                }),
        ]),
    ),
};
