import type { LogGroup } from "@pulumi/aws/cloudwatch/logGroup";
import * as pulumi from "@pulumi/pulumi";
import { isProtected } from "../../components/durability";
import type { Groundwork } from "./groundwork";

/**
 * Log groups that are there before the service writes its first line: made by the service, they would be kept for ever and unencrypted.
 *
 * @param prefix what their names begin with, before the service's name
 */
export function logGroups<Log extends string>(ground: Groundwork, prefix: string, logs: readonly Log[]): Record<Log, LogGroup> {
    const { LogGroup: Group } = require("@pulumi/aws/cloudwatch/logGroup") as typeof import("@pulumi/aws/cloudwatch/logGroup");
    const { ctx, config, name, tags, keyArn } = ground;
    const kept = isProtected(ctx.durability);
    const groups = logs.map((log) => {
        const args = {
            name: pulumi.interpolate`${prefix}/${name}/${log}`,
            retentionInDays: config.logRetentionDays ?? (kept ? 365 : 7),
            kmsKeyId: keyArn,
            tags,
        };
        // Who did what before a service was deleted is asked afterwards; the retention ends it.
        return [log, new Group(ctx.childName(`log-${log}`), args, ground.options("support", kept ? { retainOnDelete: true } : {}))];
    });
    return Object.fromEntries(groups);
}
