import type { Model } from "../model";
import type { ResourceToken } from "../tokens";
import * as ec2 from "./ec2";
import * as elasticache from "./elasticache";
import * as iam from "./iam";
import * as kms from "./kms";
import * as logs from "./logs";
import * as mq from "./mq";
import * as rds from "./rds";

export const MODELS: Readonly<Record<ResourceToken, Model>> = {
    "aws:cloudwatch/logGroup:LogGroup": logs.logGroup,
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": logs.logResourcePolicy,
    "aws:ec2/securityGroup:SecurityGroup": ec2.securityGroup,
    "aws:ec2/securityGroupRule:SecurityGroupRule": ec2.securityGroupRule,
    "aws:elasticache/parameterGroup:ParameterGroup": elasticache.parameterGroup,
    "aws:elasticache/replicationGroup:ReplicationGroup": elasticache.replicationGroup,
    "aws:elasticache/subnetGroup:SubnetGroup": elasticache.subnetGroup,
    "aws:elasticache/user:User": elasticache.user,
    "aws:elasticache/userGroup:UserGroup": elasticache.userGroup,
    "aws:elasticache/userGroupAssociation:UserGroupAssociation": elasticache.userGroupAssociation,
    "aws:iam/role:Role": iam.role,
    "aws:iam/rolePolicy:RolePolicy": iam.rolePolicy,
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": iam.rolePolicyAttachment,
    "aws:kms/alias:Alias": kms.alias,
    "aws:kms/key:Key": kms.key,
    "aws:mq/broker:Broker": mq.broker,
    "aws:mq/configuration:Configuration": mq.configuration,
    "aws:rds/instance:Instance": rds.instance,
    "aws:rds/parameterGroup:ParameterGroup": rds.parameterGroup,
    "aws:rds/subnetGroup:SubnetGroup": rds.subnetGroup,
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": ec2.securityGroupVpcRule,
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": ec2.securityGroupVpcRule,
};
