import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { ensureCluster } from "../../tools/cluster";
import { tarOf, writeArchive } from "../../tools/cluster/archive";
import { ClusterError, waitFor } from "../../tools/cluster/command";
import { clusterForTests, reasonToSkip, startForTests } from "../../tools/cluster/for-tests";
import { reasonAgainst, withSystemPath } from "../../tools/cluster/machine";
import { fillIn, NETWORK, overlap, RANGES } from "../../tools/cluster/network";
import { VERSIONS } from "../../tools/cluster/versions";

const CLUSTER = join(__dirname, "..", "..", "tools", "cluster");
const NODE = join(CLUSTER, "node");

describe("cluster: its parts", () => {
    let scratch: string;

    beforeEach(() => {
        scratch = mkdtempSync(join(tmpdir(), "cluster-test-"));
    });

    afterEach(() => rmSync(scratch, { recursive: true, force: true }));

    describe("which cluster", () => {
        it("is the user's own when a variable names one", async () => {
            const kubeconfig = join(scratch, "config");
            writeFileSync(kubeconfig, "{}");
            for (const name of ["DATA_SERVICES_TEST_KUBECONFIG", "KUBECONFIG_TEST"]) {
                const answer = await ensureCluster({ env: { [name]: kubeconfig } });
                assert.deepEqual(answer, { cluster: { kubeconfig, source: "existing", images: undefined, env: { KUBECONFIG: kubeconfig } } });
            }
        });

        it("is an error when that file doesn't exist: the user meant something", async () => {
            await assert.rejects(ensureCluster({ env: { KUBECONFIG_TEST: "/no/such/file" } }), /KUBECONFIG_TEST names \/no\/such\/file, which doesn't exist/);
        });

        it("is none, with the reason, where our own can't run", async () => {
            const env = { PATH: scratch, PULUMI_DATA_SERVICES_CACHE: scratch };
            assert.match(reasonAgainst(env, scratch) ?? "", /needs (Linux|root)|no apt-get/);
            const answer = await ensureCluster({ env: { ...env, PULUMI_DATA_SERVICES_CACHE: "/run/cache", PATH: withSystemPath(process.env).PATH } });
            assert.ok("reason" in answer);
            assert.match(answer.reason, /DATA_SERVICES_TEST_KUBECONFIG=<kubeconfig>$/);
        });
    });

    describe("which tests", () => {
        const { TEST_CLUSTER, TEST_CLUSTER_FAILURE } = process.env;

        afterEach(() => {
            for (const [name, value] of Object.entries({ TEST_CLUSTER, TEST_CLUSTER_FAILURE })) {
                if (value === undefined) delete process.env[name];
                else process.env[name] = value;
            }
        });

        it("are skipped when the cluster is switched off, and nothing is built", async () => {
            process.env.TEST_CLUSTER = "0";
            const reason = "TEST_CLUSTER=0 is in the environment";
            assert.deepEqual(await clusterForTests(), { reason });
            const lines: string[] = [];
            assert.deepEqual(await startForTests((line) => lines.push(line)), {});
            assert.deepEqual(lines, [`no test cluster, so the tests that need one are skipped: ${reason}`]);
        });

        it("fail at once when the task before them couldn't start it", async function () {
            const kubeconfig = join(scratch, "config");
            writeFileSync(kubeconfig, "{}");
            const env = { DATA_SERVICES_TEST_KUBECONFIG: kubeconfig };
            assert.equal(reasonToSkip(env), undefined);
            assert.equal(reasonToSkip({ ...env, TEST_CLUSTER: "0" }), "TEST_CLUSTER=0 is in the environment");
            if (reasonToSkip() !== undefined) this.skip(); // this machine has none anyway
            process.env.TEST_CLUSTER_FAILURE = "the API server never answered";
            await assert.rejects(clusterForTests(), /^Error: the API server never answered$/);
        });
    });

    describe("addresses", () => {
        it("are compared by range", () => {
            assert.ok(overlap("10.0.0.0/8", "10.213.0.0/24"));
            assert.ok(overlap("10.213.0.7", "10.213.0.0/24"));
            assert.ok(!overlap("10.213.1.0/24", "10.213.0.0/24"));
            assert.ok(!overlap("192.168.0.0/16", "10.0.0.0/8"));
        });

        it("of pods, services and the link don't overlap", () => {
            for (const one of RANGES) for (const other of RANGES) assert.equal(overlap(one, other), one === other, `${one} ${other}`);
            assert.ok(overlap(NETWORK.LINK_RANGE, NETWORK.NODE_ADDRESS) && overlap(NETWORK.LINK_RANGE, NETWORK.HOST_ADDRESS));
            assert.ok(overlap(NETWORK.SERVICE_RANGE, NETWORK.DNS_ADDRESS) && overlap(NETWORK.POD_RANGE, NETWORK.POD_GATEWAY));
        });

        it("fill every place in the node's files and in the manifests", () => {
            for (const folder of [NODE, join(NODE, "cni"), join(CLUSTER, "manifests")]) {
                for (const name of readdirSync(folder).filter((name) => /\.(yaml|toml|conf|conflist)$/.test(name))) {
                    const text = fillIn(readFileSync(join(folder, name), "utf8"), { ...NETWORK, CGROUP: "/x" });
                    assert.doesNotMatch(text, /\$\{/, name);
                }
            }
            assert.throws(() => fillIn(["$", "{NO_SUCH_NAME}"].join("")), /there is no value for NO_SUCH_NAME/);
        });
    });

    it("have one version each: in the Go module, in the manifests and in the images", () => {
        const module = readFileSync(join(CLUSTER, "go", "go.mod"), "utf8");
        const pinned = (path: string) => module.match(new RegExp(`^\\t${path} v(\\S+)`, "m"))?.[1];
        assert.equal(pinned("k8s.io/kubernetes"), VERSIONS.kubernetes);
        assert.equal(pinned("go.etcd.io/etcd/server/v3"), VERSIONS.etcd);
        const images: Record<string, readonly [module: string, version: string, manifest: string]> = {
            coredns: ["github.com/coredns/coredns", VERSIONS.coredns, "dns.yaml"],
            "local-path-provisioner": ["github.com/rancher/local-path-provisioner", VERSIONS.localPathProvisioner, "storage.yaml"],
            "cloudnative-pg": ["github.com/cloudnative-pg/cloudnative-pg", VERSIONS.cloudnativePg, "cnpg/kustomization.yaml"],
            "rabbitmq-cluster-operator": ["github.com/rabbitmq/cluster-operator/v2", VERSIONS.rabbitmqClusterOperator, "rabbitmq/kustomization.yaml"],
            "rabbitmq-topology-operator": [
                "github.com/rabbitmq/messaging-topology-operator",
                VERSIONS.rabbitmqTopologyOperator,
                "topology/manager/kustomization.yaml",
            ],
        };
        for (const [name, [path, version, manifest]] of Object.entries(images)) {
            assert.equal(pinned(path), version, path);
            const text = readFileSync(join(CLUSTER, "manifests", manifest), "utf8");
            const tag = text.match(new RegExp(`localhost/${name}(?::|, newTag: )([\\d.]+)`))?.[1];
            assert.equal(tag, version, manifest);
        }
    });

    it("archives of images hold a shared layer once", async function () {
        if (process.platform !== "linux") this.skip(); // GNU tar
        mkdirSync(join(scratch, "root"));
        writeFileSync(join(scratch, "root", "hello"), "hello");
        const layer = join(scratch, "layer.tar");
        await tarOf(join(scratch, "root"), layer);
        const images = [
            { name: "localhost/one:1", layer, config: { Cmd: ["one"] } },
            { name: "localhost/two:2", layer, config: { User: "26", Env: ["PATH=/two"] } },
        ];
        await writeArchive(images, scratch, join(scratch, "images.tar"));
        const read = (file: string) => execFileSync("tar", ["-xOf", join(scratch, "images.tar"), `./${file}`], { encoding: "utf8" });
        const manifest = JSON.parse(read("manifest.json")) as { Config: string; RepoTags: string[]; Layers: string[] }[];
        assert.deepEqual(
            manifest.map(({ RepoTags }) => RepoTags),
            [["localhost/one:1"], ["localhost/two:2"]],
        );
        assert.deepEqual(manifest[0]?.Layers, manifest[1]?.Layers);
        const config = JSON.parse(read(manifest[1]?.Config ?? ""));
        assert.deepEqual(config.config, { WorkingDir: "/", User: "26", Env: ["PATH=/two"] });
        assert.deepEqual(config.rootfs.diff_ids, [`sha256:${manifest[1]?.Layers[0]?.replace(".tar", "")}`]);
    });

    it("waiting ends, and says for what and what the log said", async () => {
        const log = join(scratch, "log");
        writeFileSync(log, "first\nlast words\n");
        await assert.rejects(
            waitFor("the impossible", 0.1, log, async () => false),
            (error) =>
                error instanceof ClusterError && /waited 0.1 s in vain for the impossible; the end of .*log:\n {4}first\n {4}last words/.test(error.message),
        );
    });

    describe("scripts of the node", () => {
        before(function () {
            if (process.platform === "win32") this.skip();
        });

        it("start a program again when it ends", async () => {
            const log = join(scratch, "log");
            const supervisor = spawn("sh", [join(NODE, "supervise.sh"), log, "sh", "-c", "echo alive; exit 3"], { stdio: "ignore" });
            try {
                for (let i = 0; i < 100 && (readText(log).match(/alive/g) ?? []).length < 2; i++) await sleep(50);
            } finally {
                supervisor.kill("SIGKILL");
            }
            assert.match(readText(log), /^alive\n--- sh ended with 3\nalive\n/);
        });

        it("grant growth to claims of the expandable class only", () => {
            const kubectl = join(scratch, "kubectl");
            const claims = [
                "local-path Bound a one pv-1 2Gi 1Gi",
                "local-path-expandable Bound a two pv-2 2Gi 1Gi",
                "local-path-expandable Bound a three pv-3 1Gi 1Gi",
                "local-path-expandable Pending a four  1Gi ",
            ];
            writeFileSync(kubectl, `#!/bin/sh\nif [ "$1" = get ]; then printf '%s\\n' ${claims.map((claim) => `'${claim}'`).join(" ")}; else echo "$@"; fi\n`);
            chmodSync(kubectl, 0o755);
            const done = execFileSync("sh", [join(NODE, "resizer.sh")], { env: { PATH: `${scratch}:/usr/bin:/bin` }, encoding: "utf8" });
            assert.deepEqual(done.trim().split("\n"), [
                'patch persistentvolume pv-2 --patch {"spec":{"capacity":{"storage":"2Gi"}}}',
                'patch persistentvolumeclaim two --namespace a --subresource status --patch {"status":{"capacity":{"storage":"2Gi"}}}',
            ]);
        });
    });
});

function readText(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return "";
    }
}
