import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "pg";
import { withClient } from "../../providers/protocols/postgresql";
import type { Binding } from "../support/clients";
import type { TestCluster } from "../support/kubernetes";
import { newDirectory } from "../support/sandbox";

interface Named {
    readonly metadata: { readonly name: string; readonly uid: string; readonly labels: Readonly<Record<string, string>> };
}

interface Server extends Named {
    readonly spec: { readonly containers: readonly { readonly resources: { readonly limits: object } }[] };
}

interface Claim extends Named {
    readonly status: { readonly capacity: { readonly storage: string } };
}

interface Volume extends Named {
    readonly spec: { readonly persistentVolumeReclaimPolicy: string; readonly claimRef?: { readonly namespace: string; readonly name: string } };
    readonly status: { readonly phase: string };
}

/** What a person with kubectl sees of the one database in a namespace. */
export class ClusterLook {
    constructor(
        private readonly cluster: TestCluster,
        private readonly namespace: string,
    ) {}

    servers(): Promise<Server[]> {
        return this.list("pods", "--selector=cnpg.io/podRole=instance");
    }

    claims(): Promise<Claim[]> {
        return this.list("persistentvolumeclaims");
    }

    async names(kinds: string): Promise<string[]> {
        return (await this.list<Named>(kinds)).map(({ metadata }) => metadata.name);
    }

    async primary(): Promise<string> {
        const [cluster] = await this.list<Named & { status: { currentPrimary: string } }>("clusters.postgresql.cnpg.io");
        return cluster?.status.currentPrimary ?? "";
    }

    /** As a node that is gone takes a pod with it. */
    async kill(pod: string): Promise<void> {
        await this.kubectl("delete", "pod", pod, "--grace-period=0", "--force");
    }

    /** One value, as the superuser in a pod sees it. */
    psql(pod: string, sql: string): Promise<string> {
        return this.kubectl("exec", pod, "--container", "postgres", "--", "psql", "--no-psqlrc", "--tuples-only", "--no-align", "--command", sql);
    }

    async adminPassword(): Promise<string> {
        const [secret] = await this.list<Named & { data: { password: string } }>("secrets", "--field-selector=type=kubernetes.io/basic-auth");
        return Buffer.from(secret?.data.password ?? "", "base64").toString();
    }

    async nodeAddress(): Promise<string> {
        return this.kubectl("get", "nodes", "--output", 'jsonpath={.items[0].status.addresses[?(@.type=="InternalIP")].address}');
    }

    /** One value from a server at an address that the binding's URI doesn't have. */
    valueAt({ host, port, username, password, database }: Binding, ssl: object, sql: string): Promise<unknown> {
        const config = { host, port, user: username, password, ssl, ...(database === undefined ? {} : { database }) };
        return withClient(config, async (client: Client) => Object.values((await client.query(sql)).rows[0] as object)[0]);
    }

    /** The volumes that the claims of this namespace have or had. */
    async volumes(): Promise<Volume[]> {
        const { items } = JSON.parse(await this.cluster.kubectl.must("get", "persistentvolumes", "--output", "json")) as { items: Volume[] };
        return items.filter(({ spec }) => spec.claimRef?.namespace === this.namespace);
    }

    async removeVolumes(): Promise<void> {
        for (const { metadata } of await this.volumes()) {
            await this.cluster.kubectl.run("patch", "persistentvolume", metadata.name, "--patch", '{"spec":{"persistentVolumeReclaimPolicy":"Delete"}}');
        }
    }

    /** One value from the data on kept volumes, by a server of the same image that knows nothing of the one that wrote them. */
    async readKept(volumes: readonly Volume[], database: string, sql: string): Promise<string> {
        const { images, storageClass } = this.cluster.settings;
        for (const { metadata, spec } of volumes) {
            await this.cluster.kubectl.must("patch", "persistentvolume", metadata.name, "--patch", '{"spec":{"claimRef":null}}');
            const claim = {
                accessModes: ["ReadWriteOnce"],
                volumeName: metadata.name,
                storageClassName: storageClass,
                resources: { requests: { storage: "1Gi" } },
            };
            await this.create("PersistentVolumeClaim", spec.claimRef?.name.endsWith("-wal") ? "wal" : "data", claim);
        }
        const off = ["ssl=off", "logging_collector=off", "archive_mode=off", "shared_preload_libraries="].map((setting) => `-c ${setting}`).join(" ");
        const single = `postgres --single -D /var/lib/postgresql/data/pgdata ${off} ${database}`;
        await this.create("Pod", "found", {
            restartPolicy: "Never",
            securityContext: { runAsNonRoot: true, runAsUser: 26, runAsGroup: 26, fsGroup: 26, seccompProfile: { type: "RuntimeDefault" } },
            containers: [
                {
                    name: "postgres",
                    image: images?.postgresql["17"] ?? "ghcr.io/cloudnative-pg/postgresql:17",
                    command: ["sh", "-c", `echo "${sql}" | ${single}`],
                    securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
                    volumeMounts: ["data", "wal"].map((name) => ({ name, mountPath: `/var/lib/postgresql/${name}` })),
                },
            ],
            volumes: ["data", "wal"].map((name) => ({ name, persistentVolumeClaim: { claimName: name } })),
        });
        await this.kubectl("wait", "--for=jsonpath={.status.phase}=Succeeded", "pod/found", "--timeout=60s");
        // Such as `1: text = "precious" (typeid = 25, …)`.
        return /= "(.*?)"/.exec(await this.kubectl("logs", "found"))?.[1] ?? "";
    }

    private async create(kind: string, name: string, spec: object): Promise<void> {
        const file = join(newDirectory("objects"), "object.json");
        writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind, metadata: { name }, spec }));
        await this.kubectl("create", "--filename", file);
    }

    private async list<Item>(kinds: string, ...more: string[]): Promise<Item[]> {
        return (JSON.parse(await this.kubectl("get", kinds, "--output", "json", ...more)) as { items: Item[] }).items;
    }

    private kubectl(...args: string[]): Promise<string> {
        return this.cluster.kubectl.must("--namespace", this.namespace, ...args);
    }
}
