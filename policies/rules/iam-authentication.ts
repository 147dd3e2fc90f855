import { forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "iam-authentication",
    pack: "security",
    title: "People can log in to databases with a role in place of a password.",
    severity: "low",
    topic: "Users and passwords",
    why: "A token of a role lasts a quarter of an hour; a password that was handed to a person lasts until somebody remembers it.",
    fix: "Set iamDatabaseAuthenticationEnabled to true.",
    references: { fsbp: ["RDS.10", "RDS.12"], checkov: ["CKV_AWS_161", "CKV_AWS_162"], trivy: ["AWS-0176"] },
    config: {},
    checks: {
        ...forTypes([type.rdsInstance, type.rdsCluster], (facts) =>
            facts.read("iamDatabaseAuthenticationEnabled") === true ? undefined : say(facts, "iamDatabaseAuthenticationEnabled", "false"),
        ),
    },
};
