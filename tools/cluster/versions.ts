/** What the cluster is made of. `go/go.mod` and `manifests/` name the same versions; a test sees to it. */
export const VERSIONS = {
    kubernetes: "1.34.0",
    etcd: "3.6.4",
    coredns: "1.13.1",
    localPathProvisioner: "0.0.30",
    cloudnativePg: "1.28.0",
    rabbitmqClusterOperator: "2.16.0",
    rabbitmqTopologyOperator: "1.15.0",
} as const;
