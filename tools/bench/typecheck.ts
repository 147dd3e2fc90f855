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

const onAws = `
import { exportBindings, ManagedDatabase } from "pulumi-data-services";
const aws = { region: "eu-central-1", subnetIds: ["subnet-1", "subnet-2"], allowedCidrs: ["10.0.0.0/16"] };
const orders = new ManagedDatabase("orders", { version: "17", size: "small", environment: { database: { aws } } });
export const bindings = exportBindings({ orders, reports: orders.bind("reports", { access: "readonly" }) });
`;

/** The same database by hand, in as much as the compiler looks at it. */
const byHand = `
import * as aws from "@pulumi/aws";
const subnets = new aws.rds.SubnetGroup("orders", { subnetIds: ["subnet-1", "subnet-2"] });
const group = new aws.ec2.SecurityGroup("orders", { vpcId: "vpc-1" });
const orders = new aws.rds.Instance("orders", {
    engine: "postgres", engineVersion: "17", instanceClass: "db.t4g.small", allocatedStorage: 20, manageMasterUserPassword: true,
    username: "dbadmin", dbSubnetGroupName: subnets.name, vpcSecurityGroupIds: [group.id],
});
export const endpoint = orders.endpoint;
`;

/**
 * `tsc` of a user's program, time and memory as the compiler tells them: against one that imports only `@pulumi/pulumi`, and one whose environment is
 * AWS against one that is written with `@pulumi/aws`.
 */
export async function typecheck(): Promise<Figure[]> {
    const directory = mkdtempSync(join(tmpdir(), "data-services-bench-"));
    try {
        symlinkSync(join(root, "node_modules"), join(directory, "node_modules"));
        writeFileSync(join(directory, "ours.ts"), ours);
        writeFileSync(join(directory, "pulumi-only.ts"), pulumiOnly);
        writeFileSync(join(directory, "on-aws.ts"), onAws);
        writeFileSync(join(directory, "by-hand.ts"), byHand);
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
            await compare("typecheck-aws-time", 0.6, "s", 2, check("on-aws.ts", time), check("by-hand.ts", time)),
            await compare("typecheck-aws-memory", 0.6, "KB", 2, check("on-aws.ts", memory), check("by-hand.ts", memory)),
        ];
    } finally {
        rmSync(directory, { recursive: true, force: true });
    }
}
