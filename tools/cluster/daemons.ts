import { API_SERVER, NETWORK } from "./network";

/** A program of the node, with its arguments. The node sees the state directory as /run/cluster. */
export interface Daemon {
    readonly name: string;
    readonly args: readonly string[];
}

const PKI = "/run/cluster/pki";
const ETC = "/run/cluster/etc";
const ETCD = "http://127.0.0.1:2379";

export const CONTAINERD: Daemon = { name: "containerd", args: ["--config", `${ETC}/containerd.toml`] };

/** A cluster for tests: a power failure may cost it its data. */
export const ETCD_SERVER: Daemon = {
    name: "etcd",
    args: flags({
        name: "node",
        "data-dir": "/run/cluster/etcd",
        "listen-client-urls": ETCD,
        "advertise-client-urls": ETCD,
        "listen-peer-urls": "http://127.0.0.1:2380",
        "initial-advertise-peer-urls": "http://127.0.0.1:2380",
        "initial-cluster": "node=http://127.0.0.1:2380",
        "log-level": "warn",
        "unsafe-no-fsync": "true",
    }),
};

export const API: Daemon = {
    name: "kube-apiserver",
    args: flags({
        "etcd-servers": ETCD,
        "bind-address": NETWORK.NODE_ADDRESS,
        "advertise-address": NETWORK.NODE_ADDRESS,
        "secure-port": new URL(API_SERVER).port,
        "service-cluster-ip-range": NETWORK.SERVICE_RANGE,
        "authorization-mode": "Node,RBAC",
        "enable-admission-plugins": "NodeRestriction",
        "allow-privileged": "true",
        "client-ca-file": `${PKI}/ca.crt`,
        "tls-cert-file": `${PKI}/apiserver.crt`,
        "tls-private-key-file": `${PKI}/apiserver.key`,
        "kubelet-client-certificate": `${PKI}/admin.crt`,
        "kubelet-client-key": `${PKI}/admin.key`,
        "kubelet-certificate-authority": `${PKI}/ca.crt`,
        "kubelet-preferred-address-types": "InternalIP",
        "service-account-key-file": `${PKI}/service-accounts.pub`,
        "service-account-signing-key-file": `${PKI}/service-accounts.key`,
        "service-account-issuer": "https://kubernetes.default.svc.cluster.local",
    }),
};

const CONTROLLERS: Daemon = {
    name: "kube-controller-manager",
    args: flags({
        ...client("kube-controller-manager"),
        "root-ca-file": `${PKI}/ca.crt`,
        "service-account-private-key-file": `${PKI}/service-accounts.key`,
        "use-service-account-credentials": "true",
        "cluster-signing-cert-file": `${PKI}/ca.crt`,
        "cluster-signing-key-file": `${PKI}/ca.key`,
        "allocate-node-cidrs": "true",
        "cluster-cidr": NETWORK.POD_RANGE,
        "node-cidr-mask-size": NETWORK.POD_RANGE.replace(/.*\//, ""),
        "service-cluster-ip-range": NETWORK.SERVICE_RANGE,
    }),
};

const SCHEDULER: Daemon = { name: "kube-scheduler", args: flags(client("kube-scheduler")) };

const KUBELET: Daemon = {
    name: "kubelet",
    args: flags({
        config: `${ETC}/kubelet.yaml`,
        kubeconfig: `${PKI}/kubelet.kubeconfig`,
        "root-dir": "/run/cluster/kubelet",
        "hostname-override": NETWORK.NODE_NAME,
        "node-ip": NETWORK.NODE_ADDRESS,
    }),
};

const PROXY: Daemon = { name: "kube-proxy", args: flags({ config: `${ETC}/kube-proxy.yaml` }) };

const RESIZER: Daemon = { name: "sh", args: [`${ETC}/resizer.sh`] };

/** What needs the API server. */
export const AFTER_API: readonly Daemon[] = [CONTROLLERS, SCHEDULER, KUBELET, PROXY, RESIZER];

export function logName({ name, args }: Daemon): string {
    return name === "sh" ? (args[0] ?? "").replace(/.*\/|\.sh$/g, "") : name;
}

function client(name: string): Record<string, string> {
    const file = `${PKI}/${name}.kubeconfig`;
    return {
        kubeconfig: file,
        "authentication-kubeconfig": file,
        "authorization-kubeconfig": file,
        "bind-address": "127.0.0.1",
        "leader-elect": "false",
    };
}

function flags(values: Readonly<Record<string, string>>): string[] {
    return Object.entries(values).map(([name, value]) => `--${name}=${value}`);
}
