import type { Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "data-loss-not-allowed",
    pack: "compliance",
    title: "No loss of data is allowed for longer than the change that needed it.",
    severity: "medium",
    topic: "Deletion",
    why: "What was allowed once and is still in the program allows the next, unwanted loss too.",
    fix: "Remove allowDataLoss when the change is done.",
    references: {},
    config: {},
    checks: { [type.identity]: (facts) => (facts.list("allowDataLoss").length > 0 ? say(facts, "allowDataLoss", "none") : undefined) },
};
