import type { Rule } from "../rule";
import * as type from "../types";
import { engineVersions } from "../versions";
import { say } from "../words";

export const rule: Rule = {
    id: "data-checksums",
    pack: "compliance",
    title: "Databases notice when their disk lies.",
    severity: "low",
    topic: "Durability",
    why: "Without checksums a broken page is copied to every replica and every backup before anybody notices.",
    fix: "Set spec.bootstrap.initdb.dataChecksums to true; it can only be set when the cluster is made.",
    references: {},
    config: {},
    checks: {
        [type.cnpgCluster]: (facts) => {
            // A cluster that is restored is as its backup was; PostgreSQL 18 has checksums by itself.
            const isNew = !facts.isSet("spec.bootstrap.recovery") && !facts.isSet("spec.bootstrap.pg_basebackup");
            const [version] = engineVersions[type.cnpgCluster]?.(facts) ?? [];
            const set = facts.read("spec.bootstrap.initdb.dataChecksums");
            const byItself = set === undefined && Number.parseInt(version?.version ?? "18", 10) >= 18;
            return isNew && set !== true && !byItself ? say(facts, "spec.bootstrap.initdb.dataChecksums", "false") : undefined;
        },
    },
};
