import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { changeTable, machineTable } from "../aws-tables";
import { backendTable } from "../backend-table";
import { root } from "../paths";
import { policyTable } from "../policy-table";

/** Rewrites the generated tables of the READMEs. */
export async function run(): Promise<void> {
    rewrite("README.md", { backends: backendTable() });
    rewrite("providers/aws/README.md", { changes: changeTable(), machines: machineTable() });
    rewrite("policies/README.md", { rules: policyTable() });
}

/** Replaces what is between `<!-- name: … -->` and `<!-- /name -->`. */
function rewrite(path: string, parts: Readonly<Record<string, string>>): void {
    const file = join(root, path);
    let text = readFileSync(file, "utf8");
    for (const [name, part] of Object.entries(parts)) {
        text = text.replace(new RegExp(`(<!-- ${name}:.*-->\\n)[\\s\\S]*(<!-- /${name} -->)`), (_, start, end) => `${start}${part}${end}`);
    }
    writeFileSync(file, text);
}
