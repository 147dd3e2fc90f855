import { delimiter } from "node:path";
import { ensureCluster } from "../cluster";
import type { Toolchain } from "../toolchain";
import { compare, type Figure, seconds } from "./measure";
import { Project } from "./project";

const count = 100;
const growth = [1, 10, 100, 500] as const;

/** `count` databases, as a user of this package writes them. */
const ours = (count: number) => `
import { ManagedDatabase } from "pulumi-data-services";
const environment = { database: { kubernetes: { kubeconfig: process.env.KUBECONFIG, namespace: "default" } } };
for (let i = 0; i < ${count}; i++) {
    new ManagedDatabase(\`database-\${i}\`, { version: "17", durability: "ephemeral", environment });
}
`;

/** The same Kubernetes objects with the same contents, and the passwords that they need, as a careful person writes them. */
const byHand = (count: number) => `
import * as k8s from "@pulumi/kubernetes";
import * as random from "@pulumi/random";

const namespace = "default";
const provider = new k8s.Provider("kubernetes", { kubeconfig: process.env.KUBECONFIG });
for (let i = 0; i < ${count}; i++) {
    const name = \`database-\${i}\`;
    const labels = { "app.kubernetes.io/managed-by": "pulumi", "app.kubernetes.io/part-of": name };
    const password = (role: string) => new random.RandomPassword(\`\${name}-\${role}\`, { length: 32, special: false }).result;
    const secret = (role: string, type: string, stringData: Record<string, any>) =>
        new k8s.core.v1.Secret(\`\${name}-\${role}\`, { metadata: { namespace, labels: { ...labels, "cnpg.io/reload": "true" } }, type, stringData }, { provider });
    const admin = secret("admin", "kubernetes.io/basic-auth", { username: "data-services", password: password("admin-password") });
    const user = secret("user", "kubernetes.io/basic-auth", { username: name, password: password("user-password") });
    const cluster = new k8s.apiextensions.CustomResource(name, {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Cluster",
        metadata: { namespace, labels },
        spec: {
            imageName: "ghcr.io/cloudnative-pg/postgresql:17.6",
            instances: 1,
            bootstrap: { initdb: { database: "app", owner: "data-services", secret: { name: admin.metadata.name }, encoding: "UTF8", dataChecksums: true, localeProvider: "builtin", builtinLocale: "C.UTF-8" } },
            postgresql: {
                parameters: { shared_buffers: "512MB", effective_cache_size: "1536MB", maintenance_work_mem: "128MB", max_parallel_workers: "1", max_connections: "100" },
                pg_hba: ["hostnossl all all all reject"],
            },
            managed: { roles: [{ name, login: true, passwordSecret: { name: user.metadata.name } }] },
            enableSuperuserAccess: false,
            storage: { size: "20Gi" },
            resources: { requests: { cpu: "1000m", memory: "2048Mi" }, limits: { cpu: "1000m", memory: "2048Mi" } },
            affinity: { enablePodAntiAffinity: true, podAntiAffinityType: "preferred", topologyKey: "kubernetes.io/hostname" },
            enablePDB: false,
            smartShutdownTimeout: 10,
            stopDelay: 300,
        },
    }, { provider });
    new k8s.apiextensions.CustomResource(\`\${name}-database\`, {
        apiVersion: "postgresql.cnpg.io/v1",
        kind: "Database",
        metadata: { namespace, labels },
        spec: { cluster: { name: cluster.metadata.name }, name: "app", owner: name, ensure: "present", databaseReclaimPolicy: "retain" },
    }, { provider });
    const podLabels = { "cnpg.io/cluster": cluster.metadata.name };
    new k8s.networking.v1.NetworkPolicy(\`\${name}-network\`, {
        metadata: { namespace, labels },
        spec: {
            podSelector: { matchLabels: podLabels },
            policyTypes: ["Ingress"],
            ingress: [
                { from: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } } }], ports: [{ protocol: "TCP", port: 5432 }] },
                { from: [{ podSelector: { matchLabels: podLabels } }], ports: [{ protocol: "TCP", port: 5432 }, { protocol: "TCP", port: 8000 }] },
            ],
        },
    }, { provider });
}
`;

/** `pulumi preview` of 100 new databases on Kubernetes against the same objects by hand. */
export function previewKubernetes(toolchain: Toolchain): Promise<Figure> {
    return withTimers(toolchain, (timer) => compare(`preview-k8s-${count}`, 1.1, "s", 3, timer(ours(count)), timer(byHand(count))));
}

/** How the time of a preview grows with the number of databases. */
export function previewKubernetesGrowth(toolchain: Toolchain): Promise<Figure> {
    return withTimers(toolchain, measureGrowth);
}

/** Makes a project of a program; the answer measures one preview of it, in seconds. */
type Timer = (program: string) => () => Promise<number>;

async function withTimers(toolchain: Toolchain, measure: (timer: Timer) => Promise<Figure>): Promise<Figure> {
    const answer = await ensureCluster();
    if ("reason" in answer) {
        throw new Error(`previews on Kubernetes need a cluster, and there is none: ${answer.reason}`);
    }
    const { cluster } = answer;
    // Programs of the toolchain first, then those of the cluster and the machine.
    const PATH = [toolchain.env.PATH, cluster.env.PATH].filter(Boolean).join(delimiter);
    const env = { ...toolchain.env, ...cluster.env, PATH, PULUMI_NODEJS_TRANSPILE_ONLY: "true" };
    const projects: Project[] = [];
    const timer = (program: string) => {
        const project = new Project(toolchain.pulumi, env, program);
        projects.push(project);
        project.init();
        return () => seconds(() => project.run("preview"));
    };
    try {
        return await measure(timer);
    } finally {
        for (const project of projects) {
            project.remove();
        }
    }
}

/** What the last databases of many cost, against the first ones: 1 where the time grows in a straight line. */
async function measureGrowth(timer: Timer): Promise<Figure> {
    const times = new Map<number, number>();
    for (const many of growth) {
        const time = timer(ours(many));
        await time();
        times.set(many, await time());
        console.error(`  preview of ${many}: ${times.get(many)?.toFixed(2)} s`);
    }
    const at = (many: (typeof growth)[number]) => times.get(many) as number;
    const early = (at(100) - at(1)) / 99;
    const late = (at(500) - at(100)) / 400;
    const detail = growth.map((many) => `${many}: ${at(many).toFixed(2)} s`).join(", ");
    return {
        name: "preview-k8s-growth",
        ratio: late / early,
        limit: 1.25,
        detail: `${detail}; a database costs ${(early * 1000).toFixed(0)} ms up to 100 and ${(late * 1000).toFixed(0)} ms up to 500`,
    };
}
