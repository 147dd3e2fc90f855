import assert from "node:assert/strict";
import { type Binding, withCache, withDatabase } from "../support/clients";
import { type Finished, Project } from "../support/engine";
import { clusterOrSkip, describeOnCluster, newNamespace, removeNamespace, type TestCluster } from "../support/kubernetes";
import { eventually } from "../support/processes";
import { PodLogs } from "./pod-logs";

interface Outputs {
    readonly bindings: Readonly<Record<"shop" | "web", Binding>>;
    readonly secrets: Readonly<Record<"shop" | "web" | "variables", string>>;
}

interface Wish {
    readonly rotation?: string;
    /** What the Deployment's pods begin with. @default "true" */
    readonly start?: string;
    readonly password?: string;
    readonly storageGb?: number;
}

/** A new connection with each round, verified against the authority in the binding's file; one word for each. Two that make one table at once clash. */
const databaseClient = `
cd /bindings/orders-shop
export PGSSLROOTCERT=$PWD/certificates PGCONNECT_TIMEOUT=5 PGOPTIONS="-c client_min_messages=warning"
until psql "$(cat uri)" -q1o /dev/null -c "SELECT pg_advisory_xact_lock(1)" -c "CREATE TABLE IF NOT EXISTS visits (at timestamptz DEFAULT now())"; do sleep 1; done
while :; do
    if psql "$(cat uri)" -qc "INSERT INTO visits DEFAULT VALUES"; then echo database ok; else echo database failed; fi
    sleep 0.2
done`;

/** The same by variables. */
const cacheClient = `
printf %s "$WEB_CERTIFICATES" > /tmp/ca.crt
export REDISCLI_AUTH="$WEB_PASSWORD"
while :; do
    if valkey-cli -h "$WEB_HOST" -p "$WEB_PORT" --tls --cacert /tmp/ca.crt --user "$WEB_USERNAME" incr visits | grep -qx "[0-9]*"; then
        echo cache ok; else echo cache failed; fi
    sleep 0.2
done`;

const program = `
import { readFileSync } from "node:fs";
import * as k8s from "@pulumi/kubernetes";
import { exportBindings, ManagedCache, ManagedDatabase } from "pulumi-data-services";

const { namespace, images, clients, wish: { rotation, password, storageGb, start = "true" } } = JSON.parse(readFileSync("wish.json", "utf8"));
const shop = new ManagedDatabase("orders", { version: "17", storageGb }).bind("shop", { rotation, password });
const web = new ManagedCache("sessions").bind("web", { rotation, password });
const { volume, volumeMount, env } = shop.volume({ namespace });
const envFrom = [web.envFrom({ namespace, prefix: "WEB" })];
const labels = { app: "clients" };
// A shell is the first process of its pod, and would not hear SIGTERM by itself.
const command = (script: string) => ["bash", "-c", "trap 'exit 0' TERM\\n" + start + "\\n" + script.replace("sleep 0.2", "sleep 0.2 & wait $!")];
new k8s.apps.v1.Deployment("clients", {
    metadata: { namespace, name: "clients", annotations: { "pulumi.com/timeoutSeconds": "60" } },
    spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
            metadata: { labels },
            spec: {
                terminationGracePeriodSeconds: 5,
                volumes: [volume],
                containers: [
                    { name: "database", image: images.postgresql, command: command(clients.database), env: [env], volumeMounts: [volumeMount] },
                    { name: "cache", image: images.valkey, command: command(clients.cache), envFrom },
                ],
            },
        },
    },
});
export const bindings = exportBindings({ shop, web });
export const secrets = { shop: shop.toSecret({ namespace }).name, web: web.toSecret({ namespace }).name, variables: envFrom[0].secretRef.name };
`;

describeOnCluster("a binding in a namespace", function () {
    this.timeout(300_000);
    let cluster: TestCluster;
    let data: string;
    let namespace: string;
    let project: Project;
    let logs: PodLogs;

    before("provision", async function () {
        this.timeout(45 * 60_000); // builds a cluster the first time
        cluster = await clusterOrSkip(this);
        [data, namespace] = [await newNamespace(cluster, "data"), await newNamespace(cluster, "shop")];
        project = new Project({ program, name: "projection" });
        const kubernetes = { kubernetes: { ...cluster.settings, namespace: data } };
        project.environment({ database: kubernetes, cache: kubernetes, defaults: { durability: "ephemeral", size: "nano" } });
        await up({});
        logs = new PodLogs(cluster, namespace, "app=clients");
    });

    after(async () => {
        logs?.close();
        await project?.remove();
        for (const name of [namespace, data].filter((one) => one !== undefined)) {
            await removeNamespace(cluster, name);
        }
    });

    it("is a Secret of servicebinding.io, with exactly the binding's keys", async () => {
        const { bindings, secrets } = await project.outputs<Outputs>();
        for (const [name, type] of [
            ["shop", "servicebinding.io/postgresql"],
            ["web", "servicebinding.io/redis"],
        ] as const) {
            const secret = await secretOf(secrets[name]);
            assert.equal(secret.type, type);
            assert.equal(secret.immutable, true);
            assert.deepEqual(texts(secret), Object.fromEntries(Object.entries(bindings[name]).map(([key, value]) => [key, String(value)])));
        }
        const variables = await secretOf(secrets.variables);
        assert.equal(variables.type, "Opaque");
        assert.equal(texts(variables).WEB_URI, bindings.web.uri);
        assert.ok(Object.keys(variables.data).every((name) => /^WEB_[A-Z_]+$/.test(name)));
    });

    it("opens the service to the namespace", async () => {
        const policies = JSON.parse(await kubectl(data, "get", "networkpolicies", "--output", "json")).items as { spec: { ingress: unknown[] } }[];
        const allowing = policies.filter(({ spec }) => JSON.stringify(spec.ingress).includes(`"kubernetes.io/metadata.name":"${namespace}"`));
        assert.equal(allowing.length, 2);
    });

    it("lets pods write and read, by files and by variables", async () => {
        await someRounds();
        const { bindings } = await project.outputs<Outputs>();
        const visits = await withDatabase(bindings.shop, async (client) => (await client.query("SELECT count(*)::int AS count FROM visits")).rows[0].count);
        assert.ok(visits > 0);
        assert.ok(Number(await withCache(bindings.web, (client) => client.get("visits"))) > 0);
        const read = 'cd $SERVICE_BINDING_ROOT/orders-shop && PGSSLROOTCERT=$PWD/certificates psql "$(cat uri)" -Atc "SELECT count(*) > 0 FROM visits"';
        assert.equal(await inPod("database", read), "t");
    });

    it("lets them verify the server: by another authority they don't get in", async () => {
        const { web } = (await project.outputs<Outputs>()).bindings;
        const attempt = `cd /bindings/orders-shop && printf %s '${web.certificates}' > /tmp/other.crt && PGSSLROOTCERT=/tmp/other.crt psql "$(cat uri)" -c "SELECT 1" 2>&1`;
        assert.match(await inPod("database", `${attempt} || true`), /certificate verify failed/);
    });

    it("stays as it is in the preview of a change of its service, and so does whatever uses it", async () => {
        wishFor({ storageGb: 2 });
        const { steps, output } = await project.preview({ env: { KUBECONFIG: cluster.settings.kubeconfig } });
        wishFor({});
        const changed = steps.filter(({ op }) => op !== "same").map(({ op, type, name }) => `${op} ${type} ${name}`);
        const expected = ["update Cluster orders", "update Identity orders-identity", "update KubernetesServer orders-server", "update ManagedDatabase orders"];
        assert.deepEqual(changed.sort(), expected, output);
    });

    for (const [words, wish] of [
        ["the first rotation", { rotation: "1" }],
        ["a further rotation", { rotation: "2" }],
    ] as const) {
        it(`rolls over without a failure: ${words}`, async () => {
            const before = await project.outputs<Outputs>();
            const podsBefore = logs.pods;
            const { steps } = await up(wish);
            const after = await project.outputs<Outputs>();
            for (const name of ["shop", "web"] as const) {
                assert.notEqual(after.bindings[name].username, before.bindings[name].username);
                assert.notEqual(after.secrets[name], before.secrets[name]);
                await assertRefused(name, before.bindings[name]);
                assert.match((await cluster.kubectl.run("--namespace", namespace, "get", "secret", before.secrets[name])).tail, /NotFound/);
            }
            assert.deepEqual(
                steps.filter(({ op, type }) => op.startsWith("delete") && !/^(Secret|KubernetesUser)$/.test(type)),
                [],
            );
            await eventually("new pods", () => logs.pods >= podsBefore + 2);
            await someRounds();
            assertNoFailure();
        });
    }

    it("stays with the old user while a roll-out fails, and goes back to it when the rotation is taken back", async () => {
        const before = await project.outputs<Outputs>();
        wishFor({ rotation: "3", start: "exit 1" });
        await project.fails("up", { env: { KUBECONFIG: cluster.settings.kubeconfig } });
        await someRounds();
        assertNoFailure();
        await up({ rotation: "2" });
        const after = await project.outputs<Outputs>();
        assert.equal(after.bindings.shop.username, before.bindings.shop.username);
        await withDatabase(after.bindings.shop, async () => undefined);
        await withCache(after.bindings.web, async () => undefined);
        await someRounds();
    });

    it("goes away with its users and its Secrets", async () => {
        await project.destroy({ env: { KUBECONFIG: cluster.settings.kubeconfig } });
        assert.equal(await kubectl(namespace, "get", "secrets", "--output", "name"), "");
    });

    function wishFor(wish: Wish): void {
        const images = {
            postgresql: cluster.settings.images?.postgresql["17"] ?? "postgres:17",
            valkey: Object.values(cluster.settings.images?.valkey ?? {})[0] ?? "valkey/valkey:8",
        };
        project.write("wish.json", JSON.stringify({ namespace, images, clients: { database: databaseClient, cache: cacheClient }, wish }));
    }

    async function up(wish: Wish): Promise<Finished> {
        wishFor(wish);
        return project.up({ env: { KUBECONFIG: cluster.settings.kubeconfig } });
    }

    function kubectl(where: string, ...args: string[]): Promise<string> {
        return cluster.kubectl.must("--namespace", where, ...args);
    }

    async function secretOf(name: string): Promise<{ type: string; immutable?: boolean; data: Record<string, string> }> {
        return JSON.parse(await kubectl(namespace, "get", "secret", name, "--output", "json"));
    }

    function inPod(container: string, script: string): Promise<string> {
        return kubectl(namespace, "exec", "deployment/clients", "--container", container, "--", "bash", "-c", script);
    }

    /** Each client of each living pod has gone through a few more rounds. */
    async function someRounds(): Promise<void> {
        const count = (word: string) => logs.lines().filter((line) => line.endsWith(word)).length;
        const start = [count("database ok"), count("cache ok")] as const;
        await eventually("rounds of the clients", () => count("database ok") >= start[0] + 20 && count("cache ok") >= start[1] + 20, 120);
    }

    function assertNoFailure(): void {
        assert.deepEqual(
            logs.lines().filter((line) => !line.endsWith(" ok")),
            [],
        );
    }

    async function assertRefused(name: "shop" | "web", old: Binding): Promise<void> {
        await assert.rejects(
            name === "shop" ? withDatabase(old, async () => true) : withCache(old, async () => true),
            /password authentication failed|WRONGPASS/,
        );
    }
});

function texts({ data }: { data: Record<string, string> }): Record<string, string> {
    return Object.fromEntries(Object.entries(data).map(([key, text]) => [key, Buffer.from(text, "base64").toString()]));
}
