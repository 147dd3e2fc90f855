import { isThrowAway } from "../durability";
import type { Rule } from "../rule";
import { isAmong, productionStacks } from "../stacks";
import * as type from "../types";

export const rule: Rule = {
    id: "backups-configured",
    pack: "compliance",
    title: "Databases of production are backed up out of the cluster.",
    severity: "high",
    topic: "Backups",
    why: "Replicas copy a mistake within milliseconds; only a backup holds yesterday.",
    fix: "With this library: backups in the kubernetes settings of the environment. By hand: a plugin with isWALArchiver in spec.plugins, or spec.backup, and a ScheduledBackup.",
    references: {},
    config: { stacks: productionStacks },
    checks: {
        [type.cnpgCluster]: (facts, circumstances) => {
            const isBackedUp = facts.isSet("spec.backup") || facts.items("spec.plugins").some((plugin) => plugin.read("isWALArchiver") === true);
            const must = isAmong(circumstances.config.stacks, circumstances.stack) && !isThrowAway(circumstances);
            return must && !isBackedUp ? { found: "neither spec.plugins with a WAL archiver nor spec.backup is set, which means no backups" } : undefined;
        },
    },
};
