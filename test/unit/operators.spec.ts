import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Operators, type OperatorsArgs } from "../../providers/kubernetes/operators";
import { isAnnounced } from "../../providers/kubernetes/operators/announced";
import { type ManifestSource, readManifest } from "../../providers/kubernetes/operators/manifest";
import { type ManifestObject, objectsOf, withoutWebhooks } from "../../providers/kubernetes/operators/objects";
import { howToInstall, type KnownOperator, OPERATORS, type OperatorKey } from "../../providers/kubernetes/operators/releases";
import { problemsOf } from "../support/problems";
import { record } from "../support/recorder";
import { newDirectory } from "../support/sandbox";

const digest = "0".repeat(64);
let directory: string;
let cache: string | undefined;

/** A directory and a cache of their own, for one group of tests: other files of the same run must not see them. */
function useOwnCache(): void {
    before(() => {
        directory = newDirectory("operators");
        cache = process.env.PULUMI_DATA_SERVICES_CACHE;
        process.env.PULUMI_DATA_SERVICES_CACHE = join(directory, "cache");
    });
    after(() => {
        if (cache === undefined) {
            delete process.env.PULUMI_DATA_SERVICES_CACHE;
        } else {
            process.env.PULUMI_DATA_SERVICES_CACHE = cache;
        }
    });
}

describe("operators: the releases", () => {
    useOwnCache();

    it("are told by an address that names the version, and by a checksum", () => {
        for (const { title, releases } of OPERATORS) {
            for (const { version, url, sha256 } of releases) {
                assert.match(url, /^https:\/\/(github\.com|raw\.githubusercontent\.com)\//, title);
                assert.ok(url.includes(`/v${version}/`), url);
                assert.match(sha256, /^[0-9a-f]{64}$/, url);
            }
        }
        const all = OPERATORS.flatMap(({ releases }) => releases.map(({ sha256 }) => sha256));
        assert.equal(new Set(all).size, all.length);
    });

    it("tell how to install what is missing", () => {
        assert.equal(
            howToInstall("clusters.postgresql.cnpg.io"),
            'CloudNativePG brings it. Install it once in the cluster: new Operators("operators", { cloudNativePg: {} }) in a program of its own, ' +
                "or kubectl apply --server-side -f https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/v1.29.2/releases/cnpg-1.29.2.yaml; " +
                "1.29.2 is the version that this package pins.",
        );
        assert.match(
            howToInstall("rabbitmqclusters.rabbitmq.com"),
            /^RabbitMQ cluster operator brings it\. .*\{ rabbitmqCluster: \{\} \}.*cluster-operator\.yml;/,
        );
        assert.match(howToInstall("vhosts.rabbitmq.com"), /^RabbitMQ messaging topology operator brings it\. .*\(with kubectl it needs cert-manager\);/);
        assert.match(howToInstall("imagecatalogs.postgresql.cnpg.io"), /^CloudNativePG brings it\./);
        assert.equal(howToInstall("things.example.org"), "Install the operator that brings things.example.org.");
    });
});

describe("operators: the arguments", () => {
    useOwnCache();

    const refused = (args: unknown, name = "operators") => problemsOf(() => new Operators(name, args as OperatorsArgs)).problems;

    it("must name an operator", () => {
        const expected = [
            "args: name no operator, so there is nothing to install. Give one or more of cloudNativePg, rabbitmqCluster, rabbitmqTopology: {} takes the defaults.",
        ];
        assert.deepEqual(refused({}), expected);
        assert.deepEqual(refused({ takeOver: true }), expected);
    });

    it("must be known", () => {
        assert.deepEqual(refused({ cloudnativePg: {} }), [
            'cloudnativePg: unknown property; did you mean "cloudNativePg"? Allowed here: cloudNativePg, rabbitmqCluster, rabbitmqTopology, takeOver.',
        ]);
        assert.deepEqual(refused({ cloudNativePg: { webhooks: true } }), ["cloudNativePg.webhooks: unknown property. Allowed here: version, manifest."]);
        assert.deepEqual(refused({ cloudNativePg: true }), ["cloudNativePg: must be an object, got true."]);
        assert.deepEqual(refused({ cloudNativePg: {} }, "1"), ['name: must start with a letter and hold only letters, digits, ".", "_" and "-", got "1".']);
    });

    it("take the versions whose checksums are known", () => {
        assert.deepEqual(refused({ cloudNativePg: { version: "1.29.1" } }), [
            'cloudNativePg.version: the checksum of CloudNativePG "1.29.1" is not known here; did you mean "1.29.2"? Known: 1.29.2, 1.30.0, 1.28.4. ' +
                "For another, give cloudNativePg.manifest with its address and SHA-256.",
        ]);
    });

    it("take one manifest, by a place that means the same to everybody", () => {
        const manifest = (more: object) => refused({ rabbitmqCluster: { manifest: { sha256: digest, ...more } } });
        assert.deepEqual(manifest({}), ["rabbitmqCluster.manifest: must have exactly one of url and path, got neither."]);
        assert.deepEqual(manifest({ url: "https://mirror/a.yml", path: "/a.yml" }), [
            "rabbitmqCluster.manifest: must have exactly one of url and path, got both.",
        ]);
        assert.deepEqual(manifest({ path: "a.yml" }), [
            'rabbitmqCluster.manifest.path: must be an absolute path, such as that of path.resolve(__dirname, "file.yaml"), got "a.yml".',
        ]);
        assert.deepEqual(manifest({ url: "file:///a.yml" }), [
            'rabbitmqCluster.manifest.url: must be an http or https address, got "file:///a.yml". For a file, give path.',
        ]);
        const [withPassword = ""] = manifest({ url: "https://me:hush@mirror/a.yml" });
        assert.match(withPassword, /^rabbitmqCluster\.manifest\.url: holds credentials, which would show in logs\./);
        assert.doesNotMatch(withPassword, /hush/);
        assert.deepEqual(manifest({ path: "/a.yml", sha256: "abc" }), [
            'rabbitmqCluster.manifest.sha256: must be the 64 hexadecimal digits that sha256sum prints, got "abc".',
        ]);
        assert.deepEqual(refused({ rabbitmqCluster: { manifest: { path: "/a.yml" } } }), [
            "rabbitmqCluster.manifest.sha256: is required: the 64 hexadecimal digits that sha256sum prints.",
        ]);
        assert.deepEqual(refused({ rabbitmqCluster: { version: "2.21.1", manifest: { path: "/a.yml", sha256: digest } } }), [
            'rabbitmqCluster.version: "2.21.1" stands beside rabbitmqCluster.manifest, whose file decides the version. Remove one of them.',
        ]);
    });

    it("are all looked at before the user hears of them", () => {
        assert.equal(refused({ cloudNativePg: { version: "0" }, rabbitmqTopology: { manifest: { sha256: digest } } }).length, 2);
    });
});

describe("operators: reading a manifest", () => {
    useOwnCache();

    const text = "kind: Something\n";
    let server: Server | undefined;
    let requests = 0;

    /** A server that gives these answers, one after the other; the last one from then on. */
    async function serve(...answers: readonly { status?: number; body?: string }[]): Promise<string> {
        requests = 0;
        server = createServer((_request, response) => {
            const { status = 200, body = text } = answers[Math.min(requests++, answers.length - 1)] ?? {};
            response.writeHead(status).end(body);
        });
        const { port } = await new Promise<AddressInfo>((resolve) => {
            server?.listen(0, "127.0.0.1", () => resolve(server?.address() as AddressInfo));
        });
        return `http://127.0.0.1:${port}`;
    }

    afterEach(() => {
        server?.closeAllConnections();
        server?.close();
        rmSync(join(directory, "cache"), { recursive: true, force: true });
    });

    const source = (location: ManifestSource["location"], sha256 = sha256Of(text)): ManifestSource => ({
        title: "CloudNativePG 1.29.2",
        property: "cloudNativePg.manifest",
        location,
        sha256,
    });

    const fails = async (one: ManifestSource) => {
        const [outcome] = await Promise.allSettled([readManifest(one)]);
        assert.equal(outcome.status, "rejected");
        return (outcome.reason as Error).message;
    };

    it("takes a file with the right checksum", async () => {
        const path = join(directory, "right.yaml");
        writeFileSync(path, text);
        assert.equal(await readManifest(source({ path })), text);
    });

    it("refuses a file that isn't there", async () => {
        const path = join(directory, "missing.yaml");
        assert.equal(
            await fails(source({ path })),
            `CloudNativePG 1.29.2: the manifest ${path} can't be read: there is no such file. Correct cloudNativePg.manifest.path, or put the file there.`,
        );
        assert.match(await fails(source({ path: directory })), /can't be read: EISDIR/);
    });

    it("refuses a file with another checksum, and names both", async () => {
        const path = join(directory, "other.yaml");
        writeFileSync(path, "kind: Other\n");
        assert.equal(
            await fails(source({ path })),
            [
                `CloudNativePG 1.29.2: what is at ${path} is not the expected manifest; nothing of it was installed.`,
                `  expected SHA-256: ${sha256Of(text)}`,
                `  actual SHA-256:   ${sha256Of("kind: Other\n")} (12 bytes)`,
                "Find out who changed it: the file, a mirror or a proxy. A manifest that you have checked yourself can be given as cloudNativePg.manifest: { url or path, sha256 }.",
            ].join("\n"),
        );
    });

    it("downloads once, and needs no network from then on", async () => {
        const url = await serve({});
        assert.equal(await readManifest(source({ url })), text);
        assert.equal(await readManifest(source({ url })), text);
        assert.equal(requests, 1);
        assert.equal(await readManifest(source({ url: "http://127.0.0.1:1/elsewhere" })), text);
        assert.deepEqual(readdirSync(join(directory, "cache", "operators")), [`${sha256Of(text)}.yaml`]);
    });

    it("downloads again what was kept and is spoilt", async () => {
        const url = await serve({});
        await readManifest(source({ url }));
        writeFileSync(join(directory, "cache", "operators", `${sha256Of(text)}.yaml`), "spoilt");
        assert.equal(await readManifest(source({ url })), text);
        assert.equal(requests, 2);
    });

    it("works where nothing can be kept", async () => {
        writeFileSync(join(directory, "cache"), "a file where the directory should be");
        assert.equal(await readManifest(source({ url: await serve({}) })), text);
    });

    it("keeps nothing that isn't right, and says when it looks like a web page", async () => {
        const url = await serve({ body: "<!DOCTYPE html><p>log in" });
        const message = await fails(source({ url: `${url}/cnpg.yaml?token=hush` }));
        assert.ok(message.startsWith(`CloudNativePG 1.29.2: what is at ${url}/cnpg.yaml?... is not the expected manifest`), message);
        assert.match(message, /actual SHA-256: {3}[0-9a-f]{64} \(24 bytes, a web page: a proxy or a login page answered\)/);
        assert.doesNotMatch(message, /hush/);
        assert.throws(() => readdirSync(join(directory, "cache")), /ENOENT/);
    });

    it("tries again when a server fails for a moment", async () => {
        assert.equal(await readManifest(source({ url: await serve({ status: 503 }, { status: 429 }, {}) })), text);
        assert.equal(requests, 3);
    });

    it("says what failed, what was expected and what to do", async () => {
        const missing = await serve({ status: 404 });
        assert.equal(
            await fails(source({ url: missing })),
            [
                `CloudNativePG 1.29.2: its manifest could not be downloaded from ${missing}/: HTTP 404 Not Found. Nothing of it was installed.`,
                `  expected SHA-256: ${sha256Of(text)}`,
                "  actual SHA-256:   none, nothing arrived",
                "Check the address and the network; behind a proxy, set NODE_USE_ENV_PROXY=1 beside HTTPS_PROXY (Node.js 22.21, 24 or later). " +
                    "Without a way to that address, download the file elsewhere and give it as " +
                    `cloudNativePg.manifest: { path: "/absolute/path.yaml", sha256: "${sha256Of(text)}" }.`,
            ].join("\n"),
        );
        assert.equal(requests, 1);
        assert.match(
            await fails(source({ url: "http://127.0.0.1:1/a.yaml" })),
            /could not be downloaded from http:\/\/127\.0\.0\.1:1\/a\.yaml: .+ \(tried 3 times\)/,
        );
    });
});

describe("operators: the objects of a manifest", () => {
    useOwnCache();

    const source: ManifestSource = { title: "CloudNativePG 1.29.2", property: "cloudNativePg.manifest", location: { path: "/a.yaml" }, sha256: digest };
    const parse = (text: string) => objectsOf(text, known("cloudNativePg"), source);

    it("are those of all documents and lists, with values as they are written", () => {
        const deployment = object("apps/v1", "Deployment", "cnpg-controller-manager");
        const text = `---\n# nothing\n---\n${JSON.stringify({ kind: "List", items: [deployment] })}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {day: 2026-01-02}\n`;
        assert.deepEqual(parse(text), [deployment, { ...object("v1", "ConfigMap", "a"), data: { day: "2026-01-02" } }]);
    });

    it("refuses what is no manifest", () => {
        assert.throws(() => parse("a: [1"), /^Error: CloudNativePG 1\.29\.2: the manifest is no YAML: .*\. Correct the file of cloudNativePg\.manifest\.$/);
        assert.throws(
            () => parse("just a text"),
            /object 1 of the manifest's 1 has no apiVersion, kind or metadata\.name\. Correct the file of cloudNativePg\.manifest\.$/,
        );
        assert.throws(() => parse("apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"), /object 1 of the manifest's 1 has no apiVersion, kind or metadata\.name/);
    });

    it("refuses another operator's", () => {
        assert.throws(
            () => parse(manifest("rabbitmqCluster")),
            /^Error: CloudNativePG 1\.29\.2: the manifest has no Deployment "cnpg-controller-manager"\. It has 6 objects and the Deployment rabbitmq-cluster-operator\. Is it another operator's\? Correct cloudNativePg\.manifest\.$/,
        );
        assert.throws(() => parse(""), /It has 0 objects and no Deployment at all/);
    });

    it("of the topology operator work without webhooks and cert-manager", () => {
        const operator = known("rabbitmqTopology");
        const objects = withoutWebhooks(topologyWithWebhooks(), operator);
        assert.deepEqual(
            objects.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
            ["Service/metrics", "Deployment/messaging-topology-operator"],
        );
        assert.deepEqual(objects.at(-1)?.spec, {
            replicas: 1,
            template: {
                spec: {
                    containers: [
                        {
                            name: "manager",
                            env: [
                                { name: "A", value: "b" },
                                { name: "ENABLE_WEBHOOKS", value: "false" },
                            ],
                            volumeMounts: [{ name: "data", mountPath: "/data" }],
                        },
                    ],
                    volumes: [{ name: "data", emptyDir: {} }],
                },
            },
        });
        assert.deepEqual(withoutWebhooks(objects, operator), objects);
    });
});

describe("operators: the component", () => {
    useOwnCache();

    const both: OperatorsArgs = {};

    before(() => {
        for (const { key } of OPERATORS) {
            const path = join(directory, `${key}.yaml`);
            writeFileSync(path, manifest(key));
            both[key] = { manifest: { path, sha256: sha256Of(manifest(key)).toUpperCase() } };
        }
    });

    const run = (args: OperatorsArgs) => record(async () => done(new Operators("operators", args)));

    it("registers namespaces once, accounts, definitions, operators and their services, in this order", async () => {
        const { registrations } = await run(both);
        const [component, ...children] = registrations;
        assert.equal(component?.type, "data-services:index:Operators");
        for (const child of children) {
            assert.equal(child.parent, "data-services:index:Operators::operators");
            const names = child.dependencies?.map((urn) => urn.split("::").at(-1)) ?? [];
            // A dependency is registered before the one that depends on it.
            assert.ok(names.every((name) => children.findIndex((one) => one.name === name) < children.indexOf(child)));
        }
        const ofTopology = children.filter(({ name }) => !/cloudnative-pg|rabbitmq-cluster-(?!operator)/.test(name));
        assert.deepEqual(
            ofTopology.map(({ type, name }) => `${type} ${name}`),
            [
                "kubernetes:core/v1:Namespace operators-namespace-cnpg-system",
                "kubernetes:core/v1:Namespace operators-namespace-rabbitmq-system",
                "kubernetes:core/v1:ServiceAccount operators-rabbitmq-topology-serviceaccount-rabbitmq-system-account",
                "kubernetes:rbac.authorization.k8s.io/v1:ClusterRole operators-rabbitmq-topology-clusterrole-role",
                "kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition operators-rabbitmq-topology-customresourcedefinition-vhosts.rabbitmq.com",
                "kubernetes:apps/v1:Deployment operators-rabbitmq-topology-deployment-rabbitmq-system-messaging-topology-operator",
                "kubernetes:core/v1:Service operators-rabbitmq-topology-service-rabbitmq-system-service",
            ],
        );
        const deployment = children.find(({ name }) => name.includes("rabbitmq-topology-deployment"))?.dependencies?.join() ?? "";
        for (const role of ["rabbitmq-cluster-service-", "rabbitmq-topology-clusterrole-", "rabbitmq-topology-customresourcedefinition-"]) {
            assert.ok(deployment.includes(role), role);
        }
        assert.doesNotMatch(deployment, /cloudnative-pg/);
    });

    it("keeps definitions and namespaces when it is deleted, for what they hold", async () => {
        const kept = (await run(both)).registrations.filter(({ retainOnDelete }) => retainOnDelete).map(({ type }) => type.split(":").at(-1));
        assert.deepEqual(new Set(kept), new Set(["Namespace", "CustomResourceDefinition"]));
        assert.equal(kept.length, 5);
    });

    it("is the owner of what it installs by one name in each stack, and of what it keeps in all", async () => {
        for (const takeOver of [undefined, true]) {
            for (const { name, inputs, retainOnDelete } of (await run({ ...both, ...(takeOver ? { takeOver } : {}) })).registrations.slice(1)) {
                const { annotations } = inputs.metadata as { annotations: object };
                assert.deepEqual(
                    annotations,
                    {
                        "pulumi.com/patchFieldManager": retainOnDelete ? "pulumi-data-services" : "pulumi-data-services/shop/dev/operators",
                        ...(takeOver ? { "pulumi.com/patchForce": "true" } : {}),
                    },
                    name,
                );
            }
        }
    });

    it("shows no address and no path in the state", async () => {
        const [component] = (await run(both)).registrations;
        assert.deepEqual(component?.inputs, Object.fromEntries(OPERATORS.map(({ key }) => [key, { sha256: sha256Of(manifest(key)) }])));
    });

    it("is waited for by who depends on it", async () => {
        const { registrations } = await record(() => {
            const operators = new Operators("operators", both);
            return Promise.all([done(operators), done(new Operators("later", both, { dependsOn: [operators] }))]);
        });
        const later = registrations.find(({ name }) => name === "later");
        assert.match(later?.dependencies?.join() ?? "", /operators-rabbitmq-topology-deployment/);
    });

    it("is known to the rest of the program before anything is installed", async () => {
        await record(async () => {
            assert.equal(isAnnounced("poolers.postgresql.cnpg.io"), false);
            const operators = new Operators("operators", { cloudNativePg: both.cloudNativePg ?? {} });
            assert.equal(isAnnounced("poolers.postgresql.cnpg.io"), true);
            assert.equal(isAnnounced("vhosts.rabbitmq.com"), false);
            await done(operators);
        });
    });

    it("installs nothing when one manifest is wrong, and names all that are", async () => {
        const wrong = (key: OperatorKey) => ({ manifest: { path: join(directory, `${key}.yaml`), sha256: digest } });
        const { result, registrations } = await record(async () => {
            const args = { ...both, cloudNativePg: wrong("cloudNativePg"), rabbitmqTopology: wrong("rabbitmqTopology") };
            const [outcome] = await Promise.allSettled([done(new Operators("operators", args))]);
            return outcome;
        });
        assert.equal(result.status, "rejected");
        const { message, stack } = result.reason as Error;
        assert.match(message, /^Operators "operators": CloudNativePG of cloudNativePg\.manifest: what is at [\s\S]*\nRabbitMQ messaging topology operator of/);
        assert.doesNotMatch(message, /RabbitMQ cluster operator/);
        assert.equal(stack, message);
        assert.deepEqual(
            registrations.map(({ name }) => name),
            ["operators"],
        );
    });
});

function known(key: OperatorKey): KnownOperator {
    return OPERATORS.find((one) => one.key === key) as KnownOperator;
}

/** The component, when it has read its manifests and registered its children. */
async function done(operators: Operators): Promise<Operators> {
    await (operators as unknown as { getData(): Promise<unknown> }).getData();
    return operators;
}

function object(apiVersion: string, kind: string, name: string, more: object = {}, namespace?: string): ManifestObject {
    return { apiVersion, kind, metadata: { name, ...(namespace ? { namespace } : {}) }, ...more };
}

/** A small manifest in the shape of an operator's, in the order of kustomize. */
function manifest(key: OperatorKey): string {
    const { deployment, crds } = known(key);
    const namespace = key === "cloudNativePg" ? "cnpg-system" : "rabbitmq-system";
    return [
        object("v1", "Namespace", namespace, {}),
        object("apiextensions.k8s.io/v1", "CustomResourceDefinition", crds[0] ?? ""),
        object("v1", "ServiceAccount", "account", {}, namespace),
        object("rbac.authorization.k8s.io/v1", "ClusterRole", "role"),
        object("v1", "Service", "service", {}, namespace),
        object("apps/v1", "Deployment", deployment, { spec: { template: { spec: { containers: [{ name: "manager" }] } } } }, namespace),
    ]
        .map((one) => JSON.stringify(one))
        .join("\n---\n");
}

function topologyWithWebhooks(): ManifestObject[] {
    const container = {
        name: "manager",
        env: [{ name: "A", value: "b" }],
        volumeMounts: [
            { name: "cert", mountPath: "/certs" },
            { name: "data", mountPath: "/data" },
        ],
    };
    const volumes = [
        { name: "cert", secret: { secretName: "serving" } },
        { name: "data", emptyDir: {} },
    ];
    const webhooks = [{ name: "a", clientConfig: { service: { name: "webhook" } } }];
    return [
        object("v1", "Service", "webhook"),
        object("v1", "Service", "metrics"),
        object("apps/v1", "Deployment", "messaging-topology-operator", {
            spec: { replicas: 1, template: { spec: { containers: [container], volumes } } },
        }),
        object("cert-manager.io/v1", "Certificate", "serving", { spec: { secretName: "serving" } }),
        object("cert-manager.io/v1", "Issuer", "issuer"),
        object("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration", "validating", { webhooks }),
    ];
}

function sha256Of(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}
