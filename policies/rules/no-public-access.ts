import { forTypes, type Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "no-public-access",
    pack: "security",
    title: "Servers have no public address.",
    severity: "critical",
    topic: "Public access",
    why: "A public address is scanned within minutes, and one wrong firewall rule away from being open to all.",
    fix: "Remove it, and reach the server from its own network: a peering, a VPN or a bastion.",
    references: {
        fsbp: ["RDS.2"],
        cis: ["3.2.3"],
        checkov: ["CKV_AWS_17", "CKV_AWS_69"],
        prowler: ["rds_instance_no_public_access", "mq_broker_not_publicly_accessible"],
        trivy: ["AWS-0180", "AWS-0072"],
    },
    config: {},
    checks: {
        // Absent is false on all of them.
        ...forTypes([type.rdsInstance, type.rdsClusterInstance, type.mqBroker], (facts) =>
            facts.read("publiclyAccessible") === true ? say(facts, "publiclyAccessible", "false") : undefined,
        ),
        [type.azureServer]: (facts) => {
            const access = facts.read("network.publicNetworkAccess");
            const isPrivate = access === "Disabled" || (access === undefined && facts.isSet("network.delegatedSubnetResourceId"));
            return isPrivate ? undefined : say(facts, "network.publicNetworkAccess", "Enabled");
        },
        [type.zalandoPostgresql]: (facts) =>
            ["enableMasterLoadBalancer", "enableReplicaLoadBalancer"]
                .filter((name) => facts.read(`spec.${name}`) === true)
                .map((name) => say(facts, `spec.${name}`, "false")),
        ...forTypes([type.klutchPostgresql, type.a8sPostgresql], (facts) =>
            facts.read("spec.expose") === "LoadBalancer" ? say(facts, "spec.expose", "Internal") : undefined,
        ),
    },
};
