/** The text of a program with one small PostgreSQL database, `orders`, and its binding as output. */
export function databaseProgram(args: Readonly<Record<string, unknown>> = {}, more = ""): string {
    return `
import * as pulumi from "@pulumi/pulumi";
import { exportBindings, ManagedCache, ManagedDatabase, ManagedQueue } from "pulumi-data-services";

const orders = new ManagedDatabase("orders", ${JSON.stringify({ version: "17", size: "nano", ...args })});
const exported: any = { orders };
${more}
export const bindings = exportBindings(exported);
`;
}
