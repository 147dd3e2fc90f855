import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../paths";
import { compare, type Figure } from "./measure";

const ours = `
import { exportBindings, ManagedCache, ManagedDatabase, ManagedQueue } from "pulumi-data-services";
const orders = new ManagedDatabase("orders", { version: "17", size: "small", environment: { database: { local: {} } } });
const events = new ManagedQueue("events");
const sessions = new ManagedCache("sessions");
export const bindings = exportBindings({ orders, events, sessions, reports: orders.bind("reports", { access: "readonly" }) });
`;

const pulumiOnly = `
import * as pulumi from "@pulumi/pulumi";
export const bindings = pulumi.secret({ stack: pulumi.getStack() });
`;

/** `tsc` of a user's program against one that imports only `@pulumi/pulumi`: time and memory, as the compiler tells them. */
export async function typecheck(): Promise<Figure[]> {
    const directory = mkdtempSync(join(tmpdir(), "data-services-bench-"));
    try {
        symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
        writeFileSync(join(directory, "ours.ts"), ours);
        writeFileSync(join(directory, "pulumi-only.ts"), pulumiOnly);
        const check = (file: string, figure: RegExp) => () => {
            const args = [join(root, "node_modules", "typescript", "bin", "tsc"), "--noEmit", "--strict", "--target", "es2022", "--module", "commonjs"];
            const { status, stdout } = spawnSync(process.execPath, [...args, "--moduleResolution", "node10", "--extendedDiagnostics", file], {
                cwd: directory,
                encoding: "utf8",
            });
            const value = figure.exec(stdout)?.[1];
            if (status !== 0 || value === undefined) {
                throw new Error(stdout);
            }
            return Number(value);
        };
        const time = /Total time:\s+([\d.]+)s/;
        const memory = /Memory used:\s+(\d+)K/;
        return [
            await compare("typecheck-time", 1.15, "s", 5, check("ours.ts", time), check("pulumi-only.ts", time)),
            await compare("typecheck-memory", 1.15, "KB", 5, check("ours.ts", memory), check("pulumi-only.ts", memory)),
        ];
    } finally {
        rmSync(directory, { recursive: true, force: true });
    }
}
