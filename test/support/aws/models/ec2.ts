import { isIPv4, isIPv6 } from "node:net";
import type { Model } from "../model";
import { find, type Recorded } from "../recording";
import type { Failure } from "../shapes";
import { text, UNKNOWN, type Values } from "../values";

export const securityGroup: Model = {
    name: { property: "name", longest: 255 },
    rules: [
        {
            property: "description",
            matches: /^[0-9A-Za-z_ .:/()#,@[\]+=&;{}!$*-]{0,255}$/,
            says: "expected up to 255 letters, digits and some punctuation, no others",
        },
        { property: "name", matches: /^(?!sg-).{1,255}$/, says: "expected 1 to 255 characters that don't begin with sg-" },
    ],
    make(inputs, { account, region, random }) {
        const id = `sg-0${random(16)}`;
        return {
            id,
            outputs: {
                arn: `arn:aws:ec2:${region}:${account}:security-group/${id}`,
                egress: inputs.egress ?? [],
                ingress: inputs.ingress ?? [],
                namePrefix: "",
                ownerId: account,
                vpcId: inputs.vpcId ?? "vpc-0a1b2c3d4e5f60718",
            },
        };
    },
    remove({ id }, { recorded }) {
        const user = recorded.objects.find(({ properties }) =>
            ["vpcSecurityGroupIds", "securityGroupIds", "securityGroups", "referencedSecurityGroupId", "sourceSecurityGroupId"].some((name) =>
                [properties[name]].flat().includes(id),
            ),
        );
        if (user) throw new Error(`DependencyViolation: resource ${id} has a dependent object: ${user.id}`);
    },
};

/** What one rule is about; exactly one of them. */
const SOURCES = ["cidrIpv4", "cidrIpv6", "prefixListId", "referencedSecurityGroupId"];

export const securityGroupVpcRule: Model = {
    check: (inputs, recorded) => [...checkSource(inputs), ...checkGroup(inputs, recorded)],
    rules: [
        { property: "fromPort", between: [-1, 65535] },
        { property: "toPort", between: [-1, 65535] },
        { property: "ipProtocol", matches: /^(-1|tcp|udp|icmp|icmpv6|\d+)$/, says: "expected tcp, udp, icmp, icmpv6, -1 or a number" },
    ],
    replaces(olds, news) {
        const [before, after] = [olds, news].map((values) => SOURCES.find((name) => values[name] !== undefined && values[name] !== null));
        return before !== after && before !== undefined && after !== undefined ? [before, after] : [];
    },
    make(_, { account, region, random }) {
        const id = `sgr-0${random(16)}`;
        return { id, outputs: { arn: `arn:aws:ec2:${region}:${account}:security-group-rule/${id}`, securityGroupRuleId: id } };
    },
};

export const securityGroupRule: Model = {
    rules: [
        { property: "type", oneOf: ["ingress", "egress"] },
        { property: "protocol", matches: /^(-1|all|tcp|udp|icmp|icmpv6|\d+)$/, says: "expected tcp, udp, icmp, icmpv6, all, -1 or a number" },
    ],
    check(inputs, recorded) {
        const sources = ["cidrBlocks", "ipv6CidrBlocks", "prefixListIds", "self", "sourceSecurityGroupId"];
        const none = sources.every((name) => inputs[name] === undefined || inputs[name] === false);
        return [...(none ? [{ property: "cidrBlocks", reason: `one of ${sources.join(", ")} is required` }] : []), ...checkGroup(inputs, recorded)];
    },
    make: (inputs, { random }) => ({
        id: `sgrule-${random(10)}`,
        outputs: { securityGroupRuleId: `sgr-0${random(16)}`, sourceSecurityGroupId: inputs.sourceSecurityGroupId ?? "" },
    }),
};

function checkSource(inputs: Values): Failure[] {
    const given = SOURCES.filter((name) => inputs[name] !== undefined && inputs[name] !== null);
    const { cidrIpv4, cidrIpv6 } = inputs;
    return [
        ...(given.length === 1
            ? []
            : [{ property: "cidrIpv4", reason: `exactly one of ${SOURCES.join(", ")} is needed, got ${given.join(" and ") || "none"}` }]),
        ...(typeof cidrIpv4 === "string" && cidrIpv4 !== UNKNOWN && !isNetwork(cidrIpv4)
            ? [{ property: "cidrIpv4", reason: `"${cidrIpv4}" is not a network address such as 10.0.0.0/16` }]
            : []),
        ...(typeof cidrIpv6 === "string" && cidrIpv6 !== UNKNOWN && !isIPv6(cidrIpv6.split("/")[0] ?? "")
            ? [{ property: "cidrIpv6", reason: `"${cidrIpv6}" is not a network address such as fd00::/8` }]
            : []),
        ...(inputs.ipProtocol === "-1" && (inputs.fromPort !== undefined || inputs.toPort !== undefined)
            ? [{ property: "fromPort", reason: 'ipProtocol "-1" takes no ports' }]
            : []),
        ...(/^(tcp|udp)$/.test(text(inputs.ipProtocol)) && (inputs.fromPort === undefined || inputs.toPort === undefined)
            ? [{ property: "fromPort", reason: `ipProtocol "${text(inputs.ipProtocol)}" needs fromPort and toPort` }]
            : []),
    ];
}

/** Whether the bits behind the prefix are zero, which the provider demands. */
function isNetwork(cidr: string): boolean {
    const [address = "", bits = ""] = cidr.split("/");
    if (!isIPv4(address) || !/^\d+$/.test(bits) || Number(bits) > 32) return false;
    const number = address.split(".").reduce((all, part) => all * 256n + BigInt(part), 0n);
    return number % (1n << BigInt(32 - Number(bits))) === 0n;
}

/** Groups of other programs aren't recorded; one that is must be the same one still. */
function checkGroup(inputs: Values, recorded: Recorded): Failure[] {
    const id = text(inputs.securityGroupId);
    const wellFormed = id === "" || id === UNKNOWN || /^sg-[0-9a-f]{8,17}$/.test(id) || find(recorded, "aws:ec2/securityGroup:SecurityGroup", id);
    return wellFormed ? [] : [{ property: "securityGroupId", reason: `"${id}" is not the id of a security group` }];
}
