import { isWholeWorld } from "../addresses";
import type { Facts } from "../facts";
import { dataPorts } from "../kubernetes";
import { type Finding, forTypes, type Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "ingress-not-from-everywhere",
    pack: "security",
    title: "Firewalls let nobody from everywhere to the ports of data servers.",
    severity: "critical",
    topic: "Private networks",
    why: "It leaves the password as the only thing between the internet and the data.",
    fix: "Name the networks or security groups of the clients.",
    references: { fsbp: ["EC2.19"], prowler: ["ec2_securitygroup_allow_ingress_from_internet_to_tcp_port_postgres_5432"], trivy: ["AWS-0107"] },
    config: {},
    checks: {
        [type.securityGroup]: (facts) => facts.items("ingress").flatMap((one) => awsIngress(one, ["cidrBlocks", "ipv6CidrBlocks"], "protocol")),
        [type.securityGroupRule]: (facts) => (facts.read("type") === "ingress" ? awsIngress(facts, ["cidrBlocks", "ipv6CidrBlocks"], "protocol") : []),
        [type.ingressRule]: (facts) => awsIngress(facts, ["cidrIpv4", "cidrIpv6"], "ipProtocol"),
        [type.azureFirewallRule]: (facts) =>
            facts.read("startIpAddress") === "0.0.0.0" && facts.read("endIpAddress") === "255.255.255.255"
                ? { found: "startIpAddress to endIpAddress is every address" }
                : undefined,
        ...forTypes([type.networkPolicy], (facts) => facts.items("spec.ingress").flatMap(kubernetesIngress)),
    },
};

function awsIngress(rule: Facts, ranges: readonly string[], protocol: string): Finding[] {
    const open = ranges.flatMap((name) =>
        rule
            .texts(name)
            .filter(isWholeWorld)
            .map((cidr) => ({ name, cidr })),
    );
    if (open.length === 0) {
        return [];
    }
    const [from, to] = [rule.number("fromPort"), rule.number("toPort")];
    const everyPort = ["-1", "all"].includes(String(rule.read(protocol))) || from === undefined || to === undefined || from === -1;
    const served = everyPort ? "every port" : dataPorts.find((port) => port >= from && port <= to);
    return served === undefined
        ? []
        : open.map(({ name, cidr }) => ({
              found: `${rule.pathOf(name)} lets "${cidr}", which is everyone, to ${typeof served === "number" ? `port ${served}` : served}`,
          }));
}

function kubernetesIngress(rule: Facts): Finding[] {
    const ports = rule.items("ports").map((one) => one.number("port"));
    if (ports.length > 0 && !ports.some((port) => port !== undefined && dataPorts.includes(port))) {
        return [];
    }
    const sources = rule.items("from");
    if (sources.length === 0) {
        return ports.length === 0 ? [] : [{ found: `${rule.pathOf("from")} is not set, which means everyone` }];
    }
    const open = sources.map((one) => one.text("ipBlock.cidr")).find((cidr) => cidr !== "" && isWholeWorld(cidr));
    return open === undefined ? [] : [{ found: `${rule.pathOf("from")} has the ipBlock "${open}", which is everyone` }];
}
