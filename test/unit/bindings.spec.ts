import assert from "node:assert/strict";
import {
    type CacheBindingArgs,
    type DatabaseBindingArgs,
    exportBindings,
    ManagedCache,
    ManagedDatabase,
    ManagedQueue,
    type QueueBindingArgs,
    toVcapServices,
} from "../../index";
import { problemsOf } from "../support/problems";
import { record, resolved } from "../support/recorder";

async function refused(bind: () => unknown): Promise<string[]> {
    return (await record(() => problemsOf(bind))).result.problems;
}

const database = (name: string, args: unknown = {}) => refused(() => new ManagedDatabase("orders").bind(name, args as DatabaseBindingArgs));
const queue = (name: string, args: unknown) => refused(() => new ManagedQueue("events").bind(name, args as QueueBindingArgs));
const cache = (name: string, args: unknown) => refused(() => new ManagedCache("sessions").bind(name, args as CacheBindingArgs));

describe("bindings that are refused", () => {
    it("an access level that the kind has not", async () => {
        assert.deepEqual(await database("a", { access: "readwrit" }), [
            'access: "readwrit" is not allowed; did you mean "readwrite"? Allowed: readwrite, readonly, owner.',
        ]);
        assert.deepEqual(await queue("a", { access: "owner" }), ['access: "owner" is not allowed. Allowed: readwrite, readonly.']);
        assert.deepEqual(await cache("a", { access: "owner" }), ['access: "owner" is not allowed. Allowed: readwrite, readonly.']);
    });

    it("an argument that the kind has not", async () => {
        assert.deepEqual(await database("a", { keys: ["x"] }), ["keys: unknown property. Allowed here: access, username, password, rotation."]);
        assert.deepEqual(await queue("a", { permission: {} }), [
            'permission: unknown property; did you mean "permissions"? Allowed here: access, username, password, rotation, permissions.',
        ]);
    });

    it("permissions that are not whole, and keys that no ACL takes", async () => {
        assert.deepEqual(await queue("a", { permissions: { configure: "", write: ".*" } }), ["permissions.read: is required."]);
        assert.deepEqual(await cache("a", { keys: ["a b"] }), ['keys.0: must be a pattern without spaces, got "a b".']);
        assert.equal((await cache("a", { keys: [] })).length, 1);
    });

    it("odd, long and missing names", async () => {
        assert.deepEqual(await database("a/b"), ['name: must start with a letter and hold only letters, digits, ".", "_" and "-", got "a/b".']);
        assert.equal((await database("x".repeat(64))).length, 1);
        assert.equal((await database("")).length, 1);
    });

    it("a second one of the same name", async () => {
        const problems = await refused(() => {
            const orders = new ManagedDatabase("orders", { bindings: { reports: {} } });
            orders.bind("reports");
        });
        assert.deepEqual(problems, ['name: there is a binding "reports" of this database already; give this one another name.']);
    });

    it("a second one of the same user", async () => {
        for (const bind of [
            (orders: ManagedDatabase) => orders.bind("a", { username: "orders" }),
            (orders: ManagedDatabase) => orders.bind("a", { username: "app" }) && orders.bind("b", { username: "app" }),
            // Both would be "orders_a_b".
            (orders: ManagedDatabase) => orders.bind("a-b") && orders.bind("a_b"),
        ]) {
            const [problem = "", ...others] = await refused(() => bind(new ManagedDatabase("orders")));
            assert.deepEqual(others, []);
            assert.match(problem, /^username: .*"(orders|app|orders_a_b)".*another/);
        }
    });

    it("usernames that no server takes", async () => {
        assert.deepEqual(await database("a", { username: "a b" }), [
            'username: must be a letter or "_", then letters, digits, "_", "." and "-", 63 characters at most, got "a b".',
        ]);
    });

    it("a password together with a rotation", async () => {
        assert.deepEqual(await database("a", { password: "secret", rotation: "1" }), [
            "rotation: makes a new random password, but this binding has a password of yours. Remove one of the two.",
        ]);
    });

    it("passwords that are empty or hold control characters, without showing them", async () => {
        for (const password of ["", "hush\nhush", "hush\0", "hush\u007f"]) {
            const problems = await database("a", { password });
            assert.deepEqual(problems, ["password: must hold at least one character and no control characters."]);
        }
    });

    it("with the binding's and the service's name, and the user's line", async () => {
        const { result } = await record(() => problemsOf(() => new ManagedDatabase("orders").bind("a", { rotaton: "1" } as DatabaseBindingArgs)));
        assert.match(
            result.message,
            /^The binding "a" of ManagedDatabase "orders" can't be used as written:\n {2}- rotaton: unknown property; did you mean "rotation"\?/,
        );
        assert.match(result.stack.split("\n").find((line) => line.trim().startsWith("at ")) ?? "", /bindings\.spec\.ts/);
    });
});

describe("bindings", () => {
    it("hold the documented keys, in one order", async () => {
        const { result } = await record(() =>
            exportBindings({ db: new ManagedDatabase("orders"), mq: new ManagedQueue("events"), kv: new ManagedCache("sessions") }),
        );
        const { db, mq, kv } = (await resolved(result)) as Record<"db" | "mq" | "kv", object>;
        assert.equal(Object.keys(db).join(" "), "type provider host port username password database uri jdbc-uri tls certificates");
        assert.equal(Object.keys(mq).join(" "), "type provider host port username password vhost uri tls certificates management-uri");
        assert.equal(Object.keys(kv).join(" "), "type provider host port username password uri tls certificates");
    });

    it("stand in the component's own output too, as text", async () => {
        const { result } = await record(() => new ManagedDatabase("orders", { bindings: { reports: { access: "readonly" } } }).bindings);
        const values = await resolved(result);
        assert.deepEqual(Object.keys(values), ["orders", "orders-reports"]);
        assert.equal(values.orders?.port, "5432");
        assert.equal(values.orders?.tls, "true");
    });

    it("give environment variables", async () => {
        const { result } = await record(() => {
            const reports = new ManagedDatabase("orders").bind("daily-reports");
            return [reports.toEnv(), reports.toEnv("DB")] as const;
        });
        const [own, prefixed] = [await resolved(result[0]), await resolved(result[1])];
        assert.equal(own.ORDERS_DAILY_REPORTS_PASSWORD, "p@ss/word");
        assert.equal(own.ORDERS_DAILY_REPORTS_PORT, "5432");
        assert.equal(own.ORDERS_DAILY_REPORTS_TLS, "true");
        assert.equal(prefixed.DB_JDBC_URI, own.ORDERS_DAILY_REPORTS_JDBC_URI);
        assert.deepEqual(Object.keys(own).length, Object.keys(prefixed).length);
    });

    it("give VCAP_SERVICES in Cloud Foundry's words, grouped by type", async () => {
        const { result } = await record(() => {
            const orders = new ManagedDatabase("orders");
            return toVcapServices({ orders, reports: orders.bind("reports"), events: new ManagedQueue("events") });
        });
        const services = JSON.parse(await resolved(result)) as Record<
            string,
            { name: string; instance_name: string; label: string; tags: string[]; credentials: Record<string, unknown> }[]
        >;
        assert.deepEqual(Object.keys(services), ["postgresql", "rabbitmq"]);
        assert.deepEqual(
            services.postgresql?.map(({ name }) => name),
            ["orders", "reports"],
        );
        const [orders] = services.postgresql ?? [];
        assert.deepEqual([orders?.instance_name, orders?.label, orders?.tags], ["orders", "postgresql", ["postgresql", "local"]]);
        assert.equal(orders?.credentials.hostname, "localhost");
        assert.equal(orders?.credentials.name, "orders");
        assert.equal(orders?.credentials.jdbcUrl, orders?.credentials["jdbc-uri"]);
    });

    it("are secret wherever they come out", async () => {
        const { result } = await record(() => {
            const orders = new ManagedDatabase("orders");
            const { binding } = orders;
            return [
                binding.values,
                binding.password,
                binding.uri,
                binding.toEnv(),
                binding.toVcapServices(),
                orders.bindings,
                exportBindings({ orders }),
                toVcapServices({ orders }),
            ];
        });
        for (const output of result) {
            assert.equal(await (output as unknown as { isSecret: Promise<boolean> }).isSecret, true);
        }
    });

    it("keep a given password secret on its way to the engine, and out of the component's inputs", async () => {
        const { registrations } = await record(() => {
            const orders = new ManagedDatabase("orders", { bindings: { a: { password: "hush-1" } } });
            orders.bind("b", { password: "hush-2" });
        });
        const passwords = registrations.filter(({ name }) => /orders-[ab]-user/.test(name)).map(({ inputs }) => inputs.password);
        assert.deepEqual(passwords, ["[secret]", "[secret]"]);
        assert.ok(!JSON.stringify(registrations).includes("hush"));
        const users = registrations.filter(({ type }) => type.endsWith(":LocalUser"));
        assert.equal(users.length, 3);
        assert.ok(users.every(({ additionalSecretOutputs }) => additionalSecretOutputs?.includes("password")));
    });
});
