import { typesOf } from "../../policies/rule";
import { allRules, looksAt, references } from "../policy-table";

/** Prints every policy rule, as a table, or as JSON with `--json`. */
export async function run(args: string[]): Promise<number> {
    const rules = allRules();
    if (args.includes("--json")) {
        const facts = rules.map((rule) => {
            const { checks: _, stack, ...plain } = rule;
            return { ...plain, types: typesOf(rule), wholeStack: stack !== undefined };
        });
        console.log(JSON.stringify(facts, null, 2));
        return 0;
    }
    const rows = rules.map((rule) => [rule.id, rule.pack, rule.severity, looksAt(rule), references(rule)]);
    const header = ["rule", "pack", "severity", "looks at", "references"];
    const widths = header.map((title, column) => Math.min(60, Math.max(title.length, ...rows.map((row) => (row[column] as string).length))));
    for (const row of [header, ...rows]) {
        console.log(
            row
                .map((cell, column) => cell.padEnd(widths[column] as number))
                .join("  ")
                .trimEnd(),
        );
    }
    console.log(`\n${rules.length} rules. policies/README.md says how to use them.`);
    return 0;
}
