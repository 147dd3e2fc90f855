import type { ServiceKind, ServiceRequest, ServiceSpec } from "../../components/backend";
import { type Problem, show } from "../../components/validation";
import { cidrProblem } from "./cidrs";
import type { AwsConfig } from "./config";
import { isRedundant } from "./groundwork";
import { machineProblems } from "./machines";
import { defaultWindows, lengthOf, overlap } from "./windows";

type Request = ServiceRequest<AwsConfig, ServiceSpec>;

/** What is wrong with a request, whatever the kind; all of it. */
export function commonProblems(kind: ServiceKind, request: Request): Problem[] {
    return [...networkProblems(kind, request), ...windowProblems(kind, request), ...machineProblems(kind, request), ...tagProblems(request.spec.tags)];
}

function networkProblems(kind: ServiceKind, { config, configPath, spec }: Request): Problem[] {
    const problems: Problem[] = [];
    const { allowedCidrs = [], allowedSecurityGroupIds = [], subnetIds } = config;
    if (allowedCidrs.length + allowedSecurityGroupIds.length === 0) {
        problems.push({
            property: `${configPath}.allowedCidrs`,
            reason: `nobody could connect, not even this program. Name who may: allowedCidrs, such as ["10.0.0.0/16"], or allowedSecurityGroupIds.`,
        });
    }
    for (const [index, cidr] of allowedCidrs.entries()) {
        const problem = cidrProblem(cidr);
        if (problem !== undefined) {
            problems.push({ property: `${configPath}.allowedCidrs.${index}`, reason: `${problem}, got ${show(cidr)}.` });
        }
    }
    const needsZones = kind === "database" || (kind === "cache" && isRedundant(spec));
    if (needsZones && subnetIds.length < 2) {
        problems.push({
            property: `${configPath}.subnetIds`,
            reason: `${kind === "database" ? "RDS" : "a highly available cache"} needs subnets in two availability zones at least, got ${show(subnetIds)}.`,
        });
    }
    return problems;
}

function windowProblems(kind: ServiceKind, { config, configPath }: Request): Problem[] {
    const { backupWindow = defaultWindows.backup, maintenanceWindow = defaultWindows.maintenance } = config;
    const problems: Problem[] = [];
    const least = kind === "database" ? { backup: 30, maintenance: 30 } : { backup: 60, maintenance: 60 };
    for (const [property, window, minutes] of [
        ["backupWindow", backupWindow, least.backup],
        ["maintenanceWindow", maintenanceWindow, least.maintenance],
    ] as const) {
        if (lengthOf(window) < minutes) {
            problems.push({ property: `${configPath}.${property}`, reason: `must last ${minutes} minutes at least, got ${show(window)}.` });
        }
    }
    if (kind !== "queue" && overlap(backupWindow, maintenanceWindow)) {
        problems.push({
            property: `${configPath}.${config.maintenanceWindow === undefined ? "backupWindow" : "maintenanceWindow"}`,
            reason: `the daily backups at ${backupWindow} and the weekly maintenance at ${maintenanceWindow} meet, which AWS refuses. Move one of them.`,
        });
    }
    return problems;
}

/** AWS's rules for tags, the strictest of the services'. */
function tagProblems(tags: ServiceSpec["tags"]): Problem[] {
    const allowed = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;
    const problems = Object.entries(tags).flatMap(([name, value]) => {
        const property = `tags.${name}`;
        if (name === "" || name.length > 128 || !allowed.test(name) || /^aws:/i.test(name)) {
            return [{ property, reason: `can't be a tag of AWS: its name must be 1 to 128 letters, digits, spaces and _.:/=+-@, not beginning with "aws:".` }];
        }
        if (["managed-by", "data-service"].includes(name)) {
            return [{ property, reason: "is a tag that this backend sets itself. Choose another name." }];
        }
        return value.length > 256 || !allowed.test(value)
            ? [{ property, reason: `can't be a tag of AWS: its value must be at most 256 letters, digits, spaces and _.:/=+-@, got ${show(value)}.` }]
            : [];
    });
    const most = 48;
    if (Object.keys(tags).length > most) {
        problems.push({ property: "tags", reason: `AWS takes 50 tags, two of which this backend sets; got ${Object.keys(tags).length}.` });
    }
    return problems;
}
