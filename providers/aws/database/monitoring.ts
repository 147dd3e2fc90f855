import * as pulumi from "@pulumi/pulumi";
import type { Groundwork } from "../groundwork";

/** The role with which RDS writes figures of the operating system to CloudWatch; in whatever partition of AWS. */
export function monitoringRole(ground: Groundwork): pulumi.Output<string> {
    const { Role } = require("@pulumi/aws/iam/role") as typeof import("@pulumi/aws/iam/role");
    const { RolePolicyAttachment } = require("@pulumi/aws/iam/rolePolicyAttachment") as typeof import("@pulumi/aws/iam/rolePolicyAttachment");
    const { ctx, account, tags } = ground;
    const role = new Role(
        ctx.childName("monitoring"),
        {
            description: `Enhanced monitoring of the database ${ctx.service}`,
            assumeRolePolicy: account.accountId.apply((accountId) =>
                JSON.stringify({
                    Version: "2012-10-17",
                    Statement: [
                        {
                            Effect: "Allow",
                            Principal: { Service: "monitoring.rds.amazonaws.com" },
                            Action: "sts:AssumeRole",
                            // For databases of this account alone.
                            Condition: { StringEquals: { "aws:SourceAccount": accountId } },
                        },
                    ],
                }),
            ),
            tags,
        },
        ground.options("support"),
    );
    const attachment = new RolePolicyAttachment(
        ctx.childName("monitoring-policy"),
        { role: role.name, policyArn: pulumi.interpolate`arn:${account.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole` },
        ground.options("support"),
    );
    // RDS asks what the role may do when it is given the role.
    return pulumi.all([role.arn, attachment.id]).apply(([arn]) => arn);
}
