import type { Facts } from "../facts";
import { type Finding, forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "private-subnets",
    pack: "security",
    title: "Servers stand in subnets that were chosen for them.",
    severity: "high",
    topic: "Private networks",
    why: "Without a choice they get the account's default network, whose subnets are public.",
    fix: "Make a subnet group of private subnets and name it.",
    references: { fsbp: ["RDS.18", "ElastiCache.7"], checkov: ["CKV_AWS_323"] },
    config: {},
    checks: {
        // A replica in the same region stands where its source stands.
        [type.rdsInstance]: (facts) => (facts.isSet("replicateSourceDb") ? undefined : subnetGroup(facts, "dbSubnetGroupName")),
        [type.rdsCluster]: (facts) => subnetGroup(facts, "dbSubnetGroupName"),
        ...forTypes([type.replicationGroup, type.memoryDb], (facts) => subnetGroup(facts, "subnetGroupName")),
        [type.mqBroker]: (facts) => (facts.isSet("subnetIds") ? undefined : say(facts, "subnetIds", "the account's default network")),
    },
};

function subnetGroup(facts: Facts, path: string): Finding | undefined {
    const isChosen = facts.isSet(path) && facts.knownOr(path, "unknown") !== "default";
    return isChosen ? undefined : say(facts, path, "the account's default network");
}
