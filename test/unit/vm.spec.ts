import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServiceRequest, ServiceSpec } from "../../components/backend";
import { type Durability, ManagedCache, ManagedDatabase, ManagedQueue } from "../../index";
import type { VmConfig } from "../../providers/vm/config";
import { certificateNames, placedHost, placementProblems } from "../../providers/vm/placement";
import { assertGolden } from "../support/kubernetes-mocks";
import { problemsOf } from "../support/problems";
import { type Recording, record } from "../support/recorder";

const hostKey = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
const one: VmConfig = { host: "10.0.0.5", user: "admin", hostKey, privateKeyFile: "~/.ssh/id" };

const several: VmConfig = {
    ...{ user: "admin", hostKey, allowedCidrs: ["10.1.0.0/16"], jump: { address: "bastion.example.com", user: "jump", hostKey } },
    hosts: { east: { address: "east.example.com", endpoint: "db.example.com" }, west: { address: "west.example.com", user: "root", allowRestart: false } },
    placement: { orders: "east", events: "west", lost: "esat" },
};

const outputs = {
    Identity: { instanceId: "00000000" },
    VmServer: {
        ...{ actualPort: 5432, adminPort: 15671, runningVersion: "17.2", adminPassword: "admin-password" },
        authority: "-----BEGIN CERTIFICATE-----\nauthority\n-----END CERTIFICATE-----\n",
    },
    VmUser: { password: "p@ss/word" },
};

function recordVm<Result>(program: () => Result, config: VmConfig = one): Promise<Recording<Awaited<Result>>> {
    const vm = { vm: config };
    return record(program, { environment: { database: vm, queue: vm, cache: vm }, outputs });
}

describe("the host of a service", () => {
    it("is the one that is named beside `hosts`", () => {
        assert.deepEqual(placedHost(one, "orders"), {
            access: { login: { host: "10.0.0.5", port: 22, user: "admin", privateKeyFile: "~/.ssh/id", agent: false, hostKey }, sudo: true },
            endpoint: "10.0.0.5",
            cidrs: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"],
            restart: true,
        });
    });

    it("has the settings beside `hosts`, where it has none of its own", () => {
        const jump = { host: "bastion.example.com", port: 22, user: "jump", agent: true, hostKey };
        const orders = placedHost(several, "orders");
        assert.deepEqual(orders.access, { login: { host: "east.example.com", port: 22, user: "admin", agent: true, hostKey, jump }, sudo: true });
        assert.equal(orders.endpoint, "db.example.com");
        assert.deepEqual(orders.cidrs, ["10.1.0.0/16"]);
        const events = placedHost(several, "events");
        assert.deepEqual([events.access.sudo, events.restart, events.endpoint], [false, false, "west.example.com"]);
    });

    it("is the only one of `hosts` unless said otherwise", () => {
        assert.equal(placedHost({ user: "root", hostKey, hosts: { only: { address: "only.example.com" } } }, "orders").endpoint, "only.example.com");
    });

    it("must be one that is there, and one of several must be named", () => {
        assert.deepEqual(placementProblems(request("lost", several)), [
            { property: "environment.database.vm.placement.lost", reason: 'there is no host "esat"; did you mean "east"? Hosts: east, west.' },
        ]);
        assert.deepEqual(placementProblems(request("sessions", several)), [
            {
                property: "environment.database.vm.placement.sessions",
                reason: 'is required: there are several hosts, east, west. Name the one for "sessions".',
            },
        ]);
        const [none] = placementProblems(request("lost", { ...one, placement: { lost: "east" } }));
        assert.equal(none?.reason, 'there is no host "east". Add it to environment.database.vm.hosts.');
    });

    it("must say who logs in where, and by which host key; all at once", () => {
        const problems = placementProblems(request("orders", { host: "db", privateKey: "a", privateKeyFile: "/b", jump: { address: "bastion" } }));
        assert.deepEqual(
            problems.map(({ property }) => property.replace("environment.database.vm.", "")),
            ["user", "hostKey", "privateKey", "jump.user", "jump.hostKey"],
        );
        assert.match(problems[1]?.reason ?? "", /what "ssh-keyscan db" prints/);
    });

    it("has a certificate for what clients connect to, and for the way through SSH", () => {
        assert.deepEqual(certificateNames("db.example.com"), { dns: ["db.example.com", "localhost"], ip: ["127.0.0.1"] });
        assert.deepEqual(certificateNames("10.0.0.5"), { dns: ["localhost"], ip: ["10.0.0.5", "127.0.0.1"] });
    });
});

describe("services on hosts", () => {
    const programs: Readonly<Record<string, () => unknown>> = {
        "vm-database": () => new ManagedDatabase("orders", { version: "15", settings: { work_mem: "8MB" }, bindings: { reports: { access: "readonly" } } }),
        "vm-queue": () => new ManagedQueue("events", { durability: "ephemeral", settings: { heartbeat: "30" } }),
        "vm-cache": () => new ManagedCache("sessions", { durability: "critical", bindings: { dashboard: { keys: ["session:*"] } } }),
    };
    for (const [name, program] of Object.entries(programs)) {
        it(`are the resources of test/golden/${name}.json`, async () => {
            assertGolden(name, (await recordVm(program)).registrations);
        });
    }

    it("protect what holds the data, by durability", async () => {
        const protectedOf = async (durability: Durability) =>
            (await recordVm(() => new ManagedDatabase("orders", { durability }))).registrations.filter(({ protect }) => protect).map(({ name }) => name);
        assert.deepEqual(await protectedOf("ephemeral"), []);
        assert.deepEqual(await protectedOf("standard"), ["orders"]);
    });

    it("keep a private key that stands in the environment secret", async () => {
        const { privateKeyFile: _, ...rest } = one;
        const { registrations } = await recordVm(() => new ManagedCache("sessions"), { ...rest, privateKey: "the text of a key" });
        assert.ok(!JSON.stringify(registrations).includes("the text of a key"));
    });

    it("refuse settings that the backend decides on, and names and values that can't be, all at once", async () => {
        const vm = { vm: one };
        const environment = { database: vm, queue: vm, cache: vm };
        const settings = { listen_addresses: "*", ssl: "off", Work: "1", work_mem: "1\nport = 1" };
        assert.deepEqual(
            problemsOf(() => new ManagedDatabase("orders", { environment, settings })).problems.map((problem) => problem.split(":")[0]),
            ["settings.listen_addresses", "settings.ssl", "settings.Work", "settings.work_mem"],
        );
        const lines = { "listeners.tcp.1": "5672", "management.tcp.port": "1", "1": "2", heartbeat: " " };
        assert.equal(problemsOf(() => new ManagedQueue("events", { environment, settings: lines })).problems.length, 4);
        const directives = { requirepass: "x", aclfile: "/x", port: "6379", include: "/etc/passwd" };
        assert.equal(problemsOf(() => new ManagedCache("sessions", { environment, settings: directives })).problems.length, 4);
        assert.match(problemsOf(() => new ManagedDatabase("orders", { environment, databaseName: "postgres" })).message, /is the server's own/);
    });

    it("refuse what the backend can't do, and name those that can", () => {
        const environment = { database: { vm: one } };
        assert.match(problemsOf(() => new ManagedDatabase("orders", { environment, highAvailability: true })).message, /kubernetes/);
        assert.match(
            problemsOf(() => new ManagedDatabase("orders", { environment, pointInTimeRecovery: true })).message,
            /pointInTimeRecovery: needs backups: set environment\.database\.vm\.backups/,
        );
    });
});

describe("the agents", () => {
    const source = (name: string) => readFileSync(join(__dirname, "..", "..", "providers", "vm", "agent", `${name}.py`), "utf8");

    for (const name of ["common", "postgresql", "valkey", "rabbitmq"]) {
        it(`need nothing but Python's own library: ${name}`, () => {
            const imported = [...source(name).matchAll(/^(?:import|from) (\w+)/gm)].map(([, module]) => module as string);
            const own = ["base64", "fcntl", "grp", "gzip", "hashlib", "hmac", "ipaddress", "json", "os", "pwd", "re", "shutil", "socket", "ssl"];
            const more = ["subprocess", "sys", "tempfile", "time", "urllib"];
            assert.deepEqual(
                imported.filter((module) => ![...own, ...more].includes(module)),
                [],
            );
        });
    }

    it("never run a shell", () => {
        for (const name of ["common", "postgresql", "valkey", "rabbitmq"]) assert.doesNotMatch(source(name), /shell\s*=\s*True|os\.system|os\.popen/);
    });
});

function request(service: string, config: VmConfig): ServiceRequest<VmConfig, ServiceSpec> {
    return { service, config, configPath: "environment.database.vm", spec: { tags: {} } as ServiceSpec };
}
