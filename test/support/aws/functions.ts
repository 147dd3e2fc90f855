import type { World } from "./model";
import type { FunctionToken } from "./tokens";
import { text, type Values } from "./values";

/** What each function answers. The network is the same everywhere: one VPC, a private subnet in each zone. */
export const ANSWERS: Readonly<Record<FunctionToken, (args: Values, world: World) => Values>> = {
    "aws:index/getCallerIdentity:getCallerIdentity": (_, { account }) => ({
        accountId: account,
        arn: `arn:aws:iam::${account}:user/recorded`,
        id: account,
        userId: "AIDARECORDED",
    }),
    "aws:index/getPartition:getPartition": () => ({ dnsSuffix: "amazonaws.com", id: "aws", partition: "aws", reverseDnsPrefix: "com.amazonaws" }),
    "aws:index/getRegion:getRegion": (args, world) => {
        const region = text(args.region ?? args.name) || world.region;
        return { description: region, endpoint: `ec2.${region}.amazonaws.com`, id: region, name: region, region };
    },
    "aws:ec2/getSubnet:getSubnet": (args, { account, region }) => {
        const id = text(args.id);
        if (!/^subnet-[0-9a-z]+$/.test(id)) throw new Error(`no matching EC2 Subnet found: "${id}"`);
        const number = [...id].reduce((sum, character) => sum + character.charCodeAt(0), 0);
        const zone = `${region}${"abc"[number % 3]}`;
        return {
            ...EMPTY_SUBNET,
            arn: `arn:aws:ec2:${region}:${account}:subnet/${id}`,
            availabilityZone: zone,
            cidrBlock: `10.0.${number % 256}.0/24`,
            id,
            ownerId: account,
            region,
            state: "available",
            vpcId: "vpc-0a1b2c3d4e5f60718",
        };
    },
    "aws:ec2/getVpc:getVpc": (args, { account, region }) => {
        const id = text(args.id) || "vpc-0a1b2c3d4e5f60718";
        return { ...EMPTY_VPC, arn: `arn:aws:ec2:${region}:${account}:vpc/${id}`, cidrBlock: "10.0.0.0/16", id, ownerId: account, region, state: "available" };
    },
    "aws:ec2/getSecurityGroup:getSecurityGroup": (args, { account, region }) => {
        const id = text(args.id);
        if (!/^sg-[0-9a-f]+$/.test(id)) throw new Error(`no matching EC2 Security Group found: "${id}"`);
        return {
            arn: `arn:aws:ec2:${region}:${account}:security-group/${id}`,
            description: "",
            id,
            name: id,
            region,
            tags: {},
            vpcId: "vpc-0a1b2c3d4e5f60718",
        };
    },
    "aws:secretsmanager/getSecretVersion:getSecretVersion": (args, { recorded, region }) => {
        const id = text(args.secretId);
        const secret = recorded.secrets[id];
        if (!secret) throw new Error("ResourceNotFoundException: Secrets Manager can't find the specified secret.");
        return {
            arn: id,
            createdDate: "2026-01-01T00:00:00Z",
            id: `${id}|AWSCURRENT`,
            region,
            secretArn: id,
            secretBinary: "",
            secretId: id,
            secretString: JSON.stringify(secret),
            versionId: "00000000-0000-0000-0000-000000000001",
            versionStage: "AWSCURRENT",
            versionStages: ["AWSCURRENT"],
        };
    },
};

const EMPTY_SUBNET: Values = {
    assignIpv6AddressOnCreation: false,
    availabilityZoneId: "",
    availableIpAddressCount: 251,
    customerOwnedIpv4Pool: "",
    defaultForAz: false,
    enableDns64: false,
    enableLniAtDeviceIndex: 0,
    enableResourceNameDnsARecordOnLaunch: false,
    enableResourceNameDnsAaaaRecordOnLaunch: false,
    ipv6CidrBlock: "",
    ipv6CidrBlockAssociationId: "",
    ipv6Native: false,
    mapCustomerOwnedIpOnLaunch: false,
    mapPublicIpOnLaunch: false,
    outpostArn: "",
    privateDnsHostnameTypeOnLaunch: "ip-name",
    tags: {},
};

const EMPTY_VPC: Values = {
    cidrBlockAssociations: [],
    default: false,
    dhcpOptionsId: "default",
    enableDnsHostnames: true,
    enableDnsSupport: true,
    enableNetworkAddressUsageMetrics: false,
    instanceTenancy: "default",
    ipv6AssociationId: "",
    ipv6CidrBlock: "",
    ipv6CidrBlockAssociations: [],
    mainRouteTableId: "",
    tags: {},
};
