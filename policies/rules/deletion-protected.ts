import { isThrowAway } from "../durability";
import { dataContainers } from "../kubernetes";
import { type Check, forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

const notProtected = {
    found: "the resource isn't protected by Pulumi, and has no protection of its own",
    fix: 'Set the resource option protect to true; with this library, the durability "standard" does.',
};

export const rule: Rule = {
    id: "deletion-protected",
    pack: "compliance",
    title: "What holds data can't be deleted by a slip.",
    severity: "high",
    topic: "Deletion",
    why: "One wrong edit of the program, and the database is gone before anybody reads the preview.",
    fix: 'Set deletionProtection to true; with this library, the durability "standard" does.',
    references: { fsbp: ["RDS.7", "RDS.8"], checkov: ["CKV_AWS_293"], trivy: ["AWS-0177"], prowler: ["rds_instance_deletion_protection"] },
    config: {},
    checks: {
        ...forTypes([type.rdsInstance, type.rdsCluster], (facts, circumstances) =>
            isThrowAway(circumstances) || facts.read("deletionProtection") === true ? undefined : say(facts, "deletionProtection", "false"),
        ),
        // These have none of their own.
        ...forTypes([type.cnpgCluster, type.rabbitmqCluster, type.zalandoPostgresql, type.mqBroker, type.replicationGroup, type.memoryDb], protectedByPulumi),
        ...forTypes([type.localServer, type.vmServer], (facts, circumstances) =>
            facts.read("durability") === "ephemeral" ? undefined : protectedByPulumi(facts, circumstances),
        ),
        [type.statefulSet]: (facts, circumstances) => (dataContainers(facts).length === 0 ? undefined : protectedByPulumi(facts, circumstances)),
    },
};

function protectedByPulumi(...[facts, circumstances]: Parameters<Check>): ReturnType<Check> {
    return facts.protect === false && !isThrowAway(circumstances) ? notProtected : undefined;
}
