import type { SecurityGroup } from "@pulumi/aws/ec2/securityGroup";
import type * as pulumi from "@pulumi/pulumi";
import { isIpv6Range } from "./cidrs";
import type { Groundwork } from "./groundwork";

/** A security group that lets in who the environment names, on the service's ports, and lets nothing out. */
export function securityGroup(
    ground: Groundwork,
    ...ports: readonly pulumi.Input<number>[]
): { readonly group: SecurityGroup; readonly rules: readonly pulumi.Resource[] } {
    const { SecurityGroup: Group } = require("@pulumi/aws/ec2/securityGroup") as typeof import("@pulumi/aws/ec2/securityGroup");
    const { SecurityGroupIngressRule: Rule } = require("@pulumi/aws/vpc/securityGroupIngressRule") as typeof import("@pulumi/aws/vpc/securityGroupIngressRule");
    const { ctx, config, tags } = ground;
    const group = new Group(
        ctx.childName("network"),
        // A change of the description would make another group: nothing that can change is in it.
        { description: `Clients of the ${ctx.kind} ${ctx.service}`, vpcId: vpcOf(ground), tags },
        ground.options("support"),
    );
    const rules = ports.flatMap((port, index) =>
        sourcesOf(config).map(
            ([from, source]) =>
                new Rule(
                    ctx.childName(index === 0 ? `from-${from}` : `from-${from}-${index + 1}`),
                    { securityGroupId: group.id, description: `${from} to the ${ctx.kind}`, ipProtocol: "tcp", fromPort: port, toPort: port, ...source, tags },
                    ground.options("support"),
                ),
        ),
    );
    return { group, rules };
}

/** By a name that can stand in the name of a resource. */
function sourcesOf({ allowedCidrs = [], allowedSecurityGroupIds = [] }: Groundwork["config"]): [string, object][] {
    return [
        ...allowedCidrs.map((cidr): [string, object] => [cidr.replace(/[^0-9A-Fa-f.]+/g, "-"), isIpv6Range(cidr) ? { cidrIpv6: cidr } : { cidrIpv4: cidr }]),
        ...allowedSecurityGroupIds.map((id): [string, object] => [id, { referencedSecurityGroupId: id }]),
    ];
}

function vpcOf({ config, account }: Groundwork) {
    if (config.vpcId !== undefined) {
        return config.vpcId;
    }
    const { getSubnetOutput } = require("@pulumi/aws/ec2/getSubnet") as typeof import("@pulumi/aws/ec2/getSubnet");
    return getSubnetOutput({ id: config.subnetIds[0] as string }, account.provider === undefined ? {} : { provider: account.provider }).vpcId;
}
