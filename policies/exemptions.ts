/** Lifts one rule for some resources. */
export interface Exemption {
    /** The resource's name or URN; `*` stands for any text. */
    readonly resource: string;
    /** Why; an exemption without it doesn't count. */
    readonly reason: string;
    /** The last day on which it counts, as "2026-12-31". @default forever */
    readonly expires?: string;
}

/** Whether one of the exemptions counts for a resource; if none does, those that nearly did, in words. */
export function exemptionFor(
    subject: { readonly name: string; readonly urn: string },
    exemptions: readonly Exemption[],
    today: string,
): { readonly counts: boolean; readonly void: readonly string[] } {
    const excuses: string[] = [];
    for (const exemption of exemptions.filter(({ resource }) => matches(resource, subject.name) || matches(resource, subject.urn))) {
        const problem = problemOf(exemption, today);
        if (problem === undefined) {
            return { counts: true, void: [] };
        }
        excuses.push(`The exemption of "${exemption.resource}" doesn't count: ${problem}.`);
    }
    return { counts: false, void: excuses };
}

function problemOf({ reason, expires }: Exemption, today: string): string | undefined {
    if (typeof reason !== "string" || reason.trim() === "") {
        return "it gives no reason";
    }
    if (expires === undefined) {
        return undefined;
    }
    if (!/^\d{4}-\d{2}-\d{2}$/.test(expires) || Number.isNaN(Date.parse(expires))) {
        return `its date of expiry, ${JSON.stringify(expires)}, isn't one like "2026-12-31"`;
    }
    return expires < today ? `it expired on ${expires}` : undefined;
}

/** Whether a text matches a pattern in which `*` stands for any text. */
export function matches(pattern: unknown, text: string): boolean {
    if (typeof pattern !== "string" || pattern === "") {
        return false;
    }
    const expression = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
    return new RegExp(`^${expression.join(".*")}$`, "s").test(text);
}
