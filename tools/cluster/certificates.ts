import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { must } from "./command";
import { API_SERVER, NETWORK } from "./network";
import type { Places } from "./places";

/** Who the holder of a certificate is, and under which names it serves. */
interface Subject {
    readonly file: string;
    readonly subject: string;
    readonly names?: string;
}

const SERVERS: readonly Subject[] = [
    {
        file: "apiserver",
        subject: "/CN=kube-apiserver",
        names: [
            ...["kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local", "localhost"].map((name) => `DNS:${name}`),
            ...["127.0.0.1", NETWORK.NODE_ADDRESS, NETWORK.API_ADDRESS].map((address) => `IP:${address}`),
        ].join(","),
    },
    { file: "kubelet-server", subject: `/CN=${NETWORK.NODE_NAME}`, names: `DNS:${NETWORK.NODE_NAME},IP:${NETWORK.NODE_ADDRESS}` },
];

/** Each of them gets a kubeconfig too. */
const CLIENTS: readonly Subject[] = [
    { file: "admin", subject: "/O=system:masters/CN=admin" },
    { file: "kube-controller-manager", subject: "/CN=system:kube-controller-manager" },
    { file: "kube-scheduler", subject: "/CN=system:kube-scheduler" },
    { file: "kube-proxy", subject: "/CN=system:kube-proxy" },
    { file: "kubelet", subject: `/O=system:nodes/CN=system:node:${NETWORK.NODE_NAME}` },
];

const KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-sha256", "-days", "3650"];

/** The cluster's own authority and what it signs: made once, good for as long as the state lives. */
export async function ensureCertificates(places: Places): Promise<void> {
    mkdirSync(places.pki(""), { recursive: true, mode: 0o700 });
    if (existsSync(places.kubeconfig)) return;
    const openssl = async (...args: string[]) => void (await must("openssl", args, { cwd: places.pki("") }));
    await openssl("req", "-x509", ...KEY, "-subj", "/CN=cluster-ca", "-addext", "keyUsage=critical,keyCertSign,cRLSign", "-keyout", "ca.key", "-out", "ca.crt");
    await openssl("genpkey", "-algorithm", "RSA", "-out", "service-accounts.key");
    await openssl("pkey", "-in", "service-accounts.key", "-pubout", "-out", "service-accounts.pub");
    for (const { file, subject, names } of [...SERVERS, ...CLIENTS]) {
        const extensions = [
            "basicConstraints=critical,CA:FALSE",
            "keyUsage=critical,digitalSignature",
            `extendedKeyUsage=${names ? "serverAuth" : "clientAuth"}`,
            ...(names ? [`subjectAltName=${names}`] : []),
        ].flatMap((extension) => ["-addext", extension]);
        await openssl(
            "req",
            "-x509",
            "-CA",
            "ca.crt",
            "-CAkey",
            "ca.key",
            ...KEY,
            "-subj",
            subject,
            ...extensions,
            "-keyout",
            `${file}.key`,
            "-out",
            `${file}.crt`,
        );
    }
    // The administrator's last: where it is, everything is.
    for (const { file } of [...CLIENTS].reverse()) writeKubeconfig(file, places);
}

function writeKubeconfig(user: string, places: Places): void {
    const data = (file: string) => readFileSync(places.pki(file)).toString("base64");
    const name = "data-services-test";
    const config = {
        apiVersion: "v1",
        kind: "Config",
        clusters: [{ name, cluster: { server: API_SERVER, "certificate-authority-data": data("ca.crt") } }],
        users: [{ name: user, user: { "client-certificate-data": data(`${user}.crt`), "client-key-data": data(`${user}.key`) } }],
        contexts: [{ name, context: { cluster: name, user } }],
        "current-context": name,
    };
    const file = places.pki(`${user}.kubeconfig`);
    writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`, { mode: 0o600 });
}
