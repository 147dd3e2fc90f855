/** The resource types that the recording provider knows. What each of them takes and gives is read from the installed SDK. */
export const RESOURCES = [
    "aws:cloudwatch/logGroup:LogGroup",
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
    "aws:ec2/securityGroup:SecurityGroup",
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "aws:elasticache/parameterGroup:ParameterGroup",
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "aws:elasticache/subnetGroup:SubnetGroup",
    "aws:elasticache/user:User",
    "aws:elasticache/userGroup:UserGroup",
    "aws:elasticache/userGroupAssociation:UserGroupAssociation",
    "aws:iam/role:Role",
    "aws:iam/rolePolicy:RolePolicy",
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
    "aws:kms/alias:Alias",
    "aws:kms/key:Key",
    "aws:mq/broker:Broker",
    "aws:mq/configuration:Configuration",
    "aws:rds/instance:Instance",
    "aws:rds/parameterGroup:ParameterGroup",
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
] as const;

export type ResourceToken = (typeof RESOURCES)[number];

/** The functions that it answers. */
export const FUNCTIONS = [
    "aws:ec2/getSecurityGroup:getSecurityGroup",
    "aws:ec2/getSubnet:getSubnet",
    "aws:ec2/getVpc:getVpc",
    "aws:index/getCallerIdentity:getCallerIdentity",
    "aws:index/getPartition:getPartition",
    "aws:index/getRegion:getRegion",
    "aws:secretsmanager/getSecretVersion:getSecretVersion",
] as const;

export type FunctionToken = (typeof FUNCTIONS)[number];

export function isResource(token: string): token is ResourceToken {
    return (RESOURCES as readonly string[]).includes(token);
}

export function isFunction(token: string): token is FunctionToken {
    return (FUNCTIONS as readonly string[]).includes(token);
}
