import { type Check, forTypes, type Rule } from "../rule";
import { developmentStacks, isAmong } from "../stacks";
import * as type from "../types";

export const rule: Rule = {
    id: "backups-bounded",
    pack: "cost",
    title: "Backups aren't kept for longer than anybody would go back.",
    severity: "low",
    topic: "Retention",
    why: "What exceeds the size of the database is paid for each day that it is kept.",
    fix: "Set fewer days; for an archive, export a snapshot to S3.",
    references: {},
    config: {
        stacks: developmentStacks,
        developmentDays: { type: "integer", minimum: 0, description: "The most days in a development stack.", default: 7 },
        days: { type: "integer", minimum: 1, description: "The most days elsewhere.", default: 35 },
    },
    checks: {
        ...forTypes([type.rdsInstance, type.rdsCluster], atMost("backupRetentionPeriod")),
        ...forTypes([type.replicationGroup, type.memoryDb], atMost("snapshotRetentionLimit")),
    },
};

function atMost(path: string): Check {
    return (facts, { config, stack }) => {
        const most = (isAmong(config.stacks, stack) ? config.developmentDays : config.days) as number;
        const days = facts.number(path) ?? 0;
        return days > most ? { found: `${path} is ${days}, and ${most} is the most in the stack "${stack}"` } : undefined;
    };
}
