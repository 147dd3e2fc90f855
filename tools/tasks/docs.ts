import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { backendTable } from "../backend-table";
import { root } from "../paths";
import { policyTable } from "../policy-table";

/** Rewrites the generated tables of the documentation. */
export async function run(): Promise<void> {
    rewrite("README.md", "backends", backendTable());
    rewrite(join("policies", "README.md"), "rules", policyTable());
}

function rewrite(name: string, marker: string, table: string): void {
    const file = join(root, name);
    const between = new RegExp(`(<!-- ${marker}:.*-->\\n)[\\s\\S]*(<!-- /${marker} -->)`);
    writeFileSync(
        file,
        readFileSync(file, "utf8").replace(between, (_, start, end) => `${start}${table}${end}`),
    );
}
