import { isThrowAway } from "../durability";
import { type Check, forTypes, type Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "backups-retained",
    pack: "compliance",
    title: "Backups are kept long enough.",
    severity: "critical",
    topic: "Backups",
    why: "A mistake is noticed days later; by then a backup of yesterday holds the mistake.",
    fix: "Set backupRetentionPeriod (RDS) to 7 or more, snapshotRetentionLimit (ElastiCache, MemoryDB) to 1 or more.",
    references: {
        fsbp: ["RDS.11", "ElastiCache.1"],
        checkov: ["CKV_AWS_133", "CKV_AWS_134"],
        trivy: ["AWS-0077", "AWS-0050"],
        prowler: ["rds_instance_backup_enabled"],
    },
    config: {
        databaseDays: { type: "integer", minimum: 1, description: "The fewest days for databases.", default: 7 },
        cacheDays: { type: "integer", minimum: 1, description: "The fewest days for caches.", default: 1 },
    },
    checks: {
        // A replica's backups are those of its source; Aurora keeps one day by itself.
        [type.rdsInstance]: (facts, circumstances) =>
            facts.isSet("replicateSourceDb") ? undefined : atLeast("backupRetentionPeriod", "databaseDays", 0)(facts, circumstances),
        [type.rdsCluster]: atLeast("backupRetentionPeriod", "databaseDays", 1),
        ...forTypes([type.replicationGroup, type.memoryDb], atLeast("snapshotRetentionLimit", "cacheDays", 0)),
    },
};

function atLeast(path: string, parameter: string, absent: number): Check {
    return (facts, circumstances) => {
        const set = facts.number(path);
        const least = circumstances.config[parameter] as number;
        if (isThrowAway(circumstances) || (set ?? absent) >= least) {
            return undefined;
        }
        return {
            found:
                set === undefined
                    ? `${path} is not set, which means ${absent} days, and ${least} is the least`
                    : `${path} is ${set}, and ${least} is the least`,
            fix: `Set ${path} to ${least} or more.`,
        };
    };
}
