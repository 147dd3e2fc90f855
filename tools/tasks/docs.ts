import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { backendTable } from "../backend-table";
import { root } from "../paths";

/** Rewrites the generated tables of the README. */
export async function run(): Promise<void> {
    const file = join(root, "README.md");
    writeFileSync(
        file,
        readFileSync(file, "utf8").replace(/(<!-- backends:.*-->\n)[\s\S]*(<!-- \/backends -->)/, (_, start, end) => `${start}${backendTable()}${end}`),
    );
}
