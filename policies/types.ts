/** The tokens of the types that rules look at. Types are matched by these texts, so that no provider's SDK is needed. */
export const managedDatabase = "data-services:index:ManagedDatabase";
export const managedQueue = "data-services:index:ManagedQueue";
export const managedCache = "data-services:index:ManagedCache";
export const managedServices = [managedDatabase, managedQueue, managedCache] as const;

const ours = (type: string) => `pulumi-nodejs:dynamic/data-services:${type}`;
export const identity = ours("Identity");
export const localServer = ours("LocalServer");
export const localUser = ours("LocalUser");
export const kubernetesUser = ours("KubernetesUser");
export const remoteUser = ours("RemoteUser");
export const vmUser = ours("VmUser");
/** The users of bindings, on every backend that makes them itself. */
export const boundUsers = [localUser, kubernetesUser, remoteUser, vmUser] as const;
export const vmServer = ours("VmServer");

export const rdsInstance = "aws:rds/instance:Instance";
export const rdsCluster = "aws:rds/cluster:Cluster";
export const rdsClusterInstance = "aws:rds/clusterInstance:ClusterInstance";
export const rdsParameterGroup = "aws:rds/parameterGroup:ParameterGroup";
export const rdsClusterParameterGroup = "aws:rds/clusterParameterGroup:ClusterParameterGroup";
export const mqBroker = "aws:mq/broker:Broker";
export const replicationGroup = "aws:elasticache/replicationGroup:ReplicationGroup";
export const cacheCluster = "aws:elasticache/cluster:Cluster";
export const cacheUser = "aws:elasticache/user:User";
export const memoryDb = "aws:memorydb/cluster:Cluster";
export const kmsKey = "aws:kms/key:Key";
export const securityGroup = "aws:ec2/securityGroup:SecurityGroup";
export const securityGroupRule = "aws:ec2/securityGroupRule:SecurityGroupRule";
export const ingressRule = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule";
export const logGroup = "aws:cloudwatch/logGroup:LogGroup";
export const secretRotation = "aws:secretsmanager/secretRotation:SecretRotation";
export const awsProvider = "pulumi:providers:aws";

export const azureServer = "azure-native:dbforpostgresql:Server";
export const azureFirewallRule = "azure-native:dbforpostgresql:FirewallRule";

export const cnpgCluster = "kubernetes:postgresql.cnpg.io/v1:Cluster";
export const cnpgDatabase = "kubernetes:postgresql.cnpg.io/v1:Database";
export const rabbitmqCluster = "kubernetes:rabbitmq.com/v1beta1:RabbitmqCluster";
export const zalandoPostgresql = "kubernetes:acid.zalan.do/v1:postgresql";
export const klutchPostgresql = "kubernetes:anynines.com/v1:PostgresqlInstance";
export const a8sPostgresql = "kubernetes:postgresql.anynines.com/v1beta3:Postgresql";
export const statefulSet = "kubernetes:apps/v1:StatefulSet";
export const deployment = "kubernetes:apps/v1:Deployment";
export const service = "kubernetes:core/v1:Service";
export const secret = "kubernetes:core/v1:Secret";
export const configMap = "kubernetes:core/v1:ConfigMap";
export const volumeClaim = "kubernetes:core/v1:PersistentVolumeClaim";
export const networkPolicy = "kubernetes:networking.k8s.io/v1:NetworkPolicy";
export const workloads = [statefulSet, deployment] as const;

export const postgresqlRole = "postgresql:index/role:Role";
