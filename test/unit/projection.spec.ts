import assert from "node:assert/strict";
import Module from "node:module";
import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { Projections } from "../../components/projections";
import { type BindingSecret, ManagedCache, ManagedDatabase, ManagedQueue, type SecretArgs } from "../../index";
import { problemsOf } from "../support/problems";
import { type Registration, record, resolved } from "../support/recorder";

/** By name: resources are registered in any order. */
function secretsOf(registrations: readonly Registration[]): Registration[] {
    return registrations.filter(({ type }) => type === "kubernetes:core/v1:Secret").sort((one, other) => (one.name < other.name ? -1 : 1));
}

async function refused(action: () => unknown): Promise<string[]> {
    return (await record(() => problemsOf(action))).result.problems;
}

describe("a binding as a Secret", () => {
    it("is a child of its service, immutable and without a name, of the type of servicebinding.io", async () => {
        const { registrations } = await record(() => {
            new ManagedDatabase("orders").bind("reports").toSecret({ namespace: "shop" });
            new ManagedQueue("events").binding.toSecret({ namespace: "shop" });
            new ManagedCache("sessions").binding.toSecret({ namespace: "shop" });
        });
        assert.deepEqual(
            secretsOf(registrations).map(({ name, parent, inputs: { type } }) => [name, parent, type]),
            [
                ["events-secret-shop", "data-services:index:ManagedQueue::events", "servicebinding.io/rabbitmq"],
                ["orders-reports-secret-shop", "data-services:index:ManagedDatabase::orders", "servicebinding.io/postgresql"],
                ["sessions-secret-shop", "data-services:index:ManagedCache::sessions", "servicebinding.io/redis"],
            ],
        );
        const reports = registrations.find(({ name }) => name === "orders-reports-secret-shop");
        assert.deepEqual(reports?.inputs, {
            apiVersion: "v1",
            immutable: true,
            kind: "Secret",
            metadata: {
                labels: {
                    "app.kubernetes.io/instance": "orders-reports",
                    "app.kubernetes.io/managed-by": "pulumi-data-services",
                    "app.kubernetes.io/part-of": "orders",
                },
                namespace: "shop",
            },
            stringData: "[secret]",
            type: "servicebinding.io/postgresql",
        });
        assert.equal(reports?.protect, undefined);
    });

    it("is made once for the same arguments, whoever asks", async () => {
        const { registrations } = await record(() => {
            const reports = new ManagedDatabase("orders").bind("reports");
            const secret = reports.toSecret({ namespace: "shop" });
            reports.toSecret({ namespace: "shop" }).volume();
            reports.volume({ namespace: "shop", root: "/elsewhere" });
            reports.envFrom({ namespace: "shop" });
            secret.envFrom();
            secret.envFrom({ prefix: "DB" });
            reports.envFrom({ namespace: "shop", prefix: "DB" });
            reports.toSecret({ namespace: "other" });
            reports.toSecret({ namespace: "shop", name: "for.others" }).volume();
        });
        assert.deepEqual(
            secretsOf(registrations).map(({ name }) => name),
            [
                "orders-reports-env-shop",
                "orders-reports-env-shop.db-cf3abc83",
                "orders-reports-secret-other",
                "orders-reports-secret-shop",
                "orders-reports-secret-shop.for-others-fda49f36",
            ],
        );
    });

    it("has a name of its own when asked to, and then may change", async () => {
        const { registrations, result } = await record(() => new ManagedCache("sessions").binding.toSecret({ namespace: "shop", name: "for.others" }).name);
        const [secret] = secretsOf(registrations) as [Registration];
        assert.equal((secret.inputs.metadata as { name: string }).name, "for.others");
        assert.equal(secret.inputs.immutable, undefined);
        assert.equal(await resolved(result), "for.others");
    });

    it("goes to the cluster of a provider, and is another one there", async () => {
        const { registrations } = await record(() => {
            const reports = new ManagedDatabase("orders").bind("reports");
            for (const name of ["eu", "US_east"]) {
                const provider = new k8s.Provider(name, { context: name });
                reports.toSecret({ namespace: "shop", provider }).envFrom();
            }
            reports.toSecret({ namespace: "shop" });
        });
        assert.deepEqual(
            secretsOf(registrations).map(({ name }) => name),
            [
                "orders-reports-env-eu.shop",
                "orders-reports-env-us-east-d3f6b1dc.shop",
                "orders-reports-secret-eu.shop",
                "orders-reports-secret-shop",
                "orders-reports-secret-us-east-d3f6b1dc.shop",
            ],
        );
    });

    it("opens the service to the namespace, in the service's own cluster only", async () => {
        const admitted: string[] = [];
        const { registrations } = await record(() => {
            const own = new k8s.Provider("own", { context: "own" });
            const projections = new Projections({
                name: "orders-reports",
                service: "orders",
                type: "postgresql",
                values: () => pulumi.secret<Record<string, string>>({ username: "reports" }),
                variables: () => pulumi.secret<Record<string, string>>({ USERNAME: "reports" }),
                rotates: false,
                tags: { team: "shop" },
                cluster: { provider: own, namespace: "data", admit: (namespace) => void admitted.push(namespace) },
                options: (more) => more,
            });
            projections.secret({ namespace: "shop" }, record);
            projections.secret({ namespace: "shop", provider: own }, record);
            projections.envFrom({ namespace: "jobs" }, record);
            projections.secret({ namespace: "far", provider: new k8s.Provider("eu", { context: "eu" }) }, record);
        });
        assert.deepEqual([...new Set(admitted)], ["shop", "jobs"]);
        const secrets = secretsOf(registrations);
        assert.deepEqual(
            secrets.map(({ name }) => name),
            ["orders-reports-env-jobs", "orders-reports-secret-eu.far", "orders-reports-secret-shop"],
        );
        for (const { inputs } of secrets) {
            assert.equal((inputs.metadata as { labels: Record<string, string> }).labels.team, "shop");
        }
    });

    it("waits for what it is told to", async () => {
        const { registrations } = await record(() => {
            const dependsOn = new k8s.core.v1.Namespace("shop", { metadata: { name: "shop" } });
            new ManagedCache("sessions").binding.toSecret({ namespace: "shop", dependsOn }).envFrom();
        });
        const secrets = secretsOf(registrations);
        assert.equal(secrets.length, 2);
        assert.ok(secrets.every(({ dependencies }) => dependencies?.includes("kubernetes:core/v1:Namespace::shop")));
    });

    it("has names that Kubernetes takes", async () => {
        const { registrations, result } = await record(() => new ManagedCache("Web_Sessions.v2").binding.volume({ namespace: "shop" }));
        const [secret] = secretsOf(registrations);
        assert.match(String(secret?.name), /^web-sessions-v2-[0-9a-f]{8}-secret-shop$/);
        assert.match(result.volume.name, /^web-sessions-v2-[0-9a-f]{8}$/);
        assert.equal(result.volumeMount.mountPath, "/bindings/Web_Sessions.v2");
    });
});

describe("what a pod needs of a binding", () => {
    it("is what a Deployment takes, by its types", async () => {
        await record(() => {
            const orders = new ManagedDatabase("orders");
            const { volume, volumeMount, env } = orders.binding.volume({ namespace: "shop" });
            const containers = [{ name: "shop", env: [env], envFrom: [orders.binding.envFrom({ namespace: "shop" })], volumeMounts: [volumeMount] }];
            const labels = { app: "shop" };
            const template = { metadata: { labels }, spec: { containers, volumes: [volume] } };
            return new k8s.apps.v1.Deployment("shop", { spec: { selector: { matchLabels: labels }, template } });
        });
    });

    it("are files below $SERVICE_BINDING_ROOT, or below another directory", async () => {
        const { result } = await record(() => {
            const { binding } = new ManagedDatabase("orders");
            return [undefined, "/var/run/bindings/", "/"].map((root) => binding.volume({ namespace: "shop", ...(root === undefined ? {} : { root }) }));
        });
        assert.deepEqual(
            result.map(({ volumeMount: { mountPath }, env: { value } }) => [value, mountPath]),
            [
                ["/bindings", "/bindings/orders"],
                ["/var/run/bindings", "/var/run/bindings/orders"],
                ["/", "/orders"],
            ],
        );
        const [first] = result;
        assert.deepEqual(first?.volumeMount, { name: "orders", mountPath: "/bindings/orders", readOnly: true });
        assert.equal(first?.env.name, "SERVICE_BINDING_ROOT");
    });

    it("or variables, which are the keys of a Secret of their own", async () => {
        const { registrations } = await record(() => new ManagedDatabase("orders").binding.envFrom({ namespace: "shop" }));
        const [secret] = secretsOf(registrations);
        assert.equal(secret?.inputs.type, "Opaque");
        assert.equal(secret?.inputs.stringData, "[secret]");
    });
});

describe("projections that are refused", () => {
    const cache = (args: unknown) => refused(() => new ManagedCache("sessions").binding.toSecret(args as SecretArgs));

    it("no namespace, or none that Kubernetes takes", async () => {
        const words = 'the name of a namespace (lower-case letters, digits and "-", 63 characters at most)';
        assert.deepEqual(await cache({}), [`namespace: is required: ${words}.`]);
        assert.deepEqual(await cache(undefined), [`namespace: is required: ${words}.`]);
        for (const namespace of ["Shop", "shop.eu", "-shop", "x".repeat(64), ""]) {
            assert.deepEqual(await cache({ namespace }), [`namespace: must be ${words}, got ${JSON.stringify(namespace)}.`]);
        }
        assert.deepEqual(await cache({ namespace: pulumi.output("shop") }), [
            "namespace: must be a plain text, got an Output, whose value is not known yet. Write the name itself, and put the Namespace into dependsOn.",
        ]);
    });

    it("names that no Secret takes", async () => {
        for (const name of ["For_Others", "a..b", "", `${"x".repeat(254)}`]) {
            const [problem = "", ...others] = await cache({ namespace: "shop", name });
            assert.deepEqual(others, []);
            assert.match(problem, /^name: must be a DNS name \(lower-case letters, digits, "-" and "\.", 253 characters at most\), got "/);
        }
    });

    it("a name of its own where each rotation needs another", async () => {
        const problems = await refused(() => new ManagedCache("sessions").bind("web", { rotation: "1" }).toSecret({ namespace: "shop", name: "web" }));
        assert.deepEqual(problems, [
            "name: the binding has a rotation, and each rotation needs a Secret beside the old one, for pods to roll over to. " +
                "Remove name, and take the Secret's own name from toSecret().name; or remove rotation.",
        ]);
    });

    it("prefixes and directories that no container takes", async () => {
        assert.deepEqual(await refused(() => new ManagedCache("sessions").binding.envFrom({ namespace: "shop", prefix: "MY-CACHE" })), [
            'prefix: must be letters, digits and "_", with no digit first, got "MY-CACHE".',
        ]);
        assert.deepEqual(await refused(() => new ManagedCache("sessions").binding.volume({ namespace: "shop", root: "bindings" })), [
            'root: must be an absolute path without ":", got "bindings".',
        ]);
    });

    it("what is no provider of a cluster", async () => {
        const problem = 'provider: must be a Provider of "@pulumi/kubernetes".';
        assert.deepEqual(await cache({ namespace: "shop", provider: "eu" }), [problem]);
        assert.deepEqual(
            await refused(() => {
                const provider = new (class extends pulumi.ProviderResource {})("aws", "aws");
                new ManagedCache("sessions").binding.toSecret({ namespace: "shop", provider });
            }),
            [problem],
        );
    });

    it("all at once, with the binding's name and the user's line", async () => {
        const { result } = await record(() =>
            problemsOf(() => new ManagedDatabase("orders").bind("reports").toSecret({ namespace: "A", nam: "b" } as unknown as SecretArgs)),
        );
        assert.match(result.message, /^The Secret of the binding "orders-reports" can't be used as written:\n/);
        assert.equal(result.problems.length, 2);
        assert.match(result.problems.join("\n"), /nam: unknown property; did you mean "name"\?/);
        assert.match(result.stack.split("\n").find((line) => line.trim().startsWith("at ")) ?? "", /projection\.spec\.ts/);
    });

    it("a wrong prefix with the user's line, where the Secret is asked", async () => {
        const { result } = await record(() => {
            const secret: BindingSecret = new ManagedDatabase("orders").binding.toSecret({ namespace: "shop" });
            return problemsOf(() => secret.envFrom({ prefix: "1" }));
        });
        assert.match(result.stack.split("\n").find((line) => line.trim().startsWith("at ")) ?? "", /projection\.spec\.ts/);
    });

    it("all, where @pulumi/kubernetes isn't installed", async () => {
        const resolver = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
        const original = resolver._resolveFilename;
        resolver._resolveFilename = function (request, ...rest) {
            if (request.startsWith("@pulumi/kubernetes/")) {
                throw Object.assign(new Error(`Cannot find module '${request}'`), { code: "MODULE_NOT_FOUND" });
            }
            return original.call(this, request, ...rest);
        };
        try {
            assert.deepEqual(await cache({ namespace: "shop" }), [
                'provider: a Secret needs @pulumi/kubernetes, which is not installed. Run: npm install "@pulumi/kubernetes@^4.18.0"',
            ]);
        } finally {
            resolver._resolveFilename = original;
        }
    });
});
