import { forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "major-upgrade-named",
    pack: "compliance",
    title: "Major upgrades are allowed for one update only.",
    severity: "low",
    topic: "Versions",
    why: "A major upgrade has no way back; allowed for good, the next edit of a version starts one.",
    fix: "Remove allowMajorVersionUpgrade when the upgrade is done.",
    references: {},
    config: {},
    checks: forTypes([type.rdsInstance, type.rdsCluster], (facts, { service }) =>
        // This library allows it where the program said so for this one update.
        facts.read("allowMajorVersionUpgrade") === true && service === undefined ? say(facts, "allowMajorVersionUpgrade", "false") : undefined,
    ),
};
