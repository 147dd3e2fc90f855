import { isThrowAway } from "../durability";
import { cacheNodes } from "../prices";
import type { Check, Rule } from "../rule";
import { isAmong, productionStacks } from "../stacks";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "high-availability",
    pack: "compliance",
    title: "Services of production outlive the loss of a zone.",
    severity: "medium",
    topic: "Availability",
    why: "A zone fails a few times in a decade, and a restore takes hours.",
    fix: 'RDS: multiAz. Amazon MQ: CLUSTER_MULTI_AZ. ElastiCache: two nodes with multiAzEnabled and automaticFailoverEnabled. Operators: three servers. With this library: highAvailability or the durability "critical".',
    references: {
        fsbp: ["RDS.5", "RDS.15", "MQ.6", "ElastiCache.3"],
        cis: ["3.2.4"],
        checkov: ["CKV_AWS_157", "CKV2_AWS_50"],
        prowler: ["rds_instance_multi_az", "mq_broker_cluster_deployment_mode"],
    },
    config: { stacks: productionStacks },
    checks: {
        [type.rdsInstance]: inProduction((facts) =>
            facts.read("multiAz") === true || facts.isSet("replicateSourceDb") ? undefined : say(facts, "multiAz", "false"),
        ),
        [type.mqBroker]: inProduction((facts) =>
            /MULTI_AZ$/.test(facts.text("deploymentMode")) ? undefined : say(facts, "deploymentMode", "SINGLE_INSTANCE"),
        ),
        [type.replicationGroup]: inProduction((facts) => {
            if (cacheNodes(facts) < 2) {
                return { found: "the group has one node" };
            }
            const off = ["automaticFailoverEnabled", "multiAzEnabled"].find((path) => facts.read(path) !== true);
            return off === undefined ? undefined : say(facts, off, "false");
        }),
        [type.cnpgCluster]: inProduction((facts) => ((facts.number("spec.instances") ?? 1) >= 2 ? undefined : say(facts, "spec.instances", "1"))),
        [type.rabbitmqCluster]: inProduction((facts) => ((facts.number("spec.replicas") ?? 1) >= 3 ? undefined : say(facts, "spec.replicas", "1"))),
        [type.azureServer]: inProduction((facts) =>
            ["ZoneRedundant", "SameZone"].includes(facts.text("highAvailability.mode")) ? undefined : say(facts, "highAvailability.mode", "Disabled"),
        ),
    },
};

function inProduction(check: Check): Check {
    return (facts, circumstances) =>
        isAmong(circumstances.config.stacks, circumstances.stack) && !isThrowAway(circumstances) ? check(facts, circumstances) : undefined;
}
