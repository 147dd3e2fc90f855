import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { type Environment, ManagedCache, ManagedDatabase, ManagedQueue } from "../../index";
import type { ExistingConfig, ExistingServer } from "../../providers/existing";
import { assertIncludes } from "../support/assertions";
import { problemsOf } from "../support/problems";
import { record } from "../support/recorder";
import { newDirectory } from "../support/sandbox";

const pem = "-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----\n";
const admin = { username: "platform", password: "hush-hush" };
const server: ExistingServer = { host: "db.example.com", certificates: pem, admin };
const outputs = { Identity: { instanceId: "00000000" }, RemoteServer: { runningVersion: "17.10" }, RemoteUser: { password: "p@ss/word" } };

function on(existing: ExistingConfig | Record<string, unknown>): Environment {
    return { database: { existing }, queue: { existing }, cache: { existing } } as Environment;
}

function refused(existing: Record<string, unknown>, args: object = {}): string[] {
    const { message, problems } = problemsOf(() => new ManagedDatabase("orders", { environment: on(existing), ...args }));
    assert.ok(!message.includes("hush"), message);
    return problems;
}

describe("the environment of the backend existing", () => {
    it("names a server for each service, or one for all", async () => {
        const other: ExistingServer = { host: "queue.example.com", port: 5672, managementHost: "api.example.com", managementPort: 443, admin };
        const environment = on({ server, servers: { events: other } });
        const { registrations } = await record(
            () => {
                new ManagedDatabase("orders", { environment });
                new ManagedDatabase("stock", { environment, databaseName: "warehouse", version: "17" });
                new ManagedQueue("events", { environment });
                new ManagedCache("sessions", { environment });
            },
            { outputs },
        );
        const servers = registrations.filter(({ type }) => type.endsWith(":RemoteServer")).sort((one, other) => (one.name < other.name ? -1 : 1));
        assert.deepEqual(
            servers.map(({ name, inputs: { kind, host, port, path, version } }) => [name, kind, host, port, path, version]),
            [
                ["events", "queue", "queue.example.com", 5672, "events", undefined],
                ["orders", "database", "db.example.com", 5432, "orders", undefined],
                ["sessions", "cache", "db.example.com", 6379, undefined, undefined],
                ["stock", "database", "db.example.com", 5432, "warehouse", "17"],
            ],
        );
        assert.equal(servers[0]?.inputs.managementHost, "api.example.com");
        assert.deepEqual(
            servers.map(({ inputs }) => String(inputs.mark).split(" ").slice(0, 2).join(" ")),
            ["pulumi-data-services 00000000", "pulumi-data-services 00000000", "undefined", "pulumi-data-services 00000000"],
        );
    });

    it("registers who logs in as secrets, the server's and every user's", async () => {
        const bastion = { host: "bastion.example.com", user: "tunnel", hostKey: "SHA256:x", privateKey: "hush-key" };
        const { registrations } = await record(() => new ManagedDatabase("orders", { environment: on({ server: { ...server, bastion } }) }), { outputs });
        const text = JSON.stringify(registrations);
        assert.ok(!text.includes("hush"), text);
        const [remote, user] = ["RemoteServer", "RemoteUser"].map((type) => registrations.find((one) => one.type.endsWith(`:${type}`))?.inputs);
        for (const access of [remote, user?.server as Record<string, unknown>]) {
            assert.equal(access?.admin, "[secret]");
            assert.equal(access?.bastion, "[secret]");
        }
    });

    it("protects nothing, since it deletes nothing", async () => {
        const { registrations } = await record(() => new ManagedDatabase("orders", { environment: on({ server }), durability: "critical" }), { outputs });
        assert.deepEqual(
            registrations.filter(({ protect, retainOnDelete, deletedWith }) => protect || retainOnDelete || deletedWith),
            [],
        );
    });

    it("takes a password that is a secret Output", async () => {
        const environment = on({ server: { ...server, admin: { username: "platform", password: pulumi.secret("hush-output") } } });
        const { registrations } = await record(() => new ManagedDatabase("orders", { environment }), { outputs });
        assert.ok(!JSON.stringify(registrations).includes("hush-output"));
    });

    it("leads bindings to the certificates of a file", async () => {
        const file = join(newDirectory("certificates"), "ca.pem");
        writeFileSync(file, pem);
        const { certificates: _, ...without } = server;
        const environment = on({ server: { ...without, certificatesFile: file } });
        const { registrations } = await record(() => new ManagedDatabase("orders", { environment }), { outputs });
        assert.equal(registrations.find(({ type }) => type.endsWith(":RemoteServer"))?.inputs.certificates, pem);
        assertIncludes(refused({ server: { ...without, certificatesFile: `${file}x` } }).join(), `ca.pemx" can't be read (ENOENT)`);
        writeFileSync(file, "nothing");
        assertIncludes(refused({ server: { ...without, certificatesFile: file } }).join(), "has none");
        assertIncludes(refused({ server: { ...server, certificatesFile: file } }).join(), "can't be set beside certificates");
    });

    it("tells what is missing or wrong, all at once, and never a secret", () => {
        assert.deepEqual(refused({}), [
            'environment.database.existing.servers.orders: is required: no server is named for the database "orders". Name it here, or one for all as environment.database.existing.server.',
        ]);
        assertIncludes(refused({ servers: { toString: server } })[0] ?? "", "(there are: toString)");
        const wrong = {
            host: "db.example.com",
            managementPort: 443,
            admin: { password: "hush", passwordEnv: "ADMIN_PASSWORD", region: "eu-central-1" },
            bastion: { host: "b", user: "u", hostKey: "SHA256:x", privateKey: "hush-key", agent: true },
        };
        const path = "environment.database.existing.servers.orders";
        assert.deepEqual(refused({ servers: { orders: wrong } }, { settings: { work_mem: "64MB" } }), [
            'settings: the backend "existing" leaves the server\'s own settings to whoever runs it, got {"work_mem":"64MB"}. Remove settings, and have them set on the server.',
            `${path}.admin: exactly one of password, passwordFile, passwordEnv, secretArn must be set, got password and passwordEnv.`,
            `${path}.admin.username: is required: the administrator's name on the server.`,
            `${path}.admin.region: is of use with secretArn only, got "eu-central-1". Remove it.`,
            `${path}.bastion: exactly one of privateKey, privateKeyFile, agent must be set, got privateKey and agent.`,
            `${path}.managementPort: is for queues only, and this is a database. Remove it.`,
        ]);
        assertIncludes(refused({ server: { ...server, admin: { username: "a" } } }).join(), "got none");
    });

    it("shows no value in whose place a secret may have been put", () => {
        const notShown = "got a value that is not shown, since it may hold a secret";
        for (const [existing, property] of [
            [{ server: "hush" }, "server"],
            [{ server: ["hush"] }, "server"],
            [{ servers: { orders: "hush" } }, "servers.orders"],
            [{ server: { ...server, admin: "hush" } }, "server.admin"],
            [{ server: { ...server, admin: { username: "a", password: ["hush"] } } }, "server.admin.password"],
        ] as const) {
            assertIncludes(refused(existing).join("\n"), `environment.database.existing.${property}: must be`, notShown);
        }
        assertIncludes(
            refused({ server: { ...server, admin: { username: "a", password: { secure: "hush" } } } }).join(),
            "must be a text, or a secret Output of one",
        );
        assertIncludes(refused({ server: { ...server, admin: { username: "a", pasword: "hush" } } }).join(), 'did you mean "password"?');
    });

    it("refuses what it can't do, naming who can", () => {
        const problems = refused({ server }, { highAvailability: true, pointInTimeRecovery: true, version: "13" });
        assert.equal(problems.length, 3);
        assertIncludes(
            problems.join("\n"),
            'highAvailability: the backend "existing" has no high availability',
            "Backends that can: kubernetes",
            "Allowed: 14, 15",
        );
        for (const host of ["https://db.example.com", "db.example.com/orders", "a b"]) {
            assertIncludes(refused({ server: { ...server, host } }).join(), "must be a host name or an address, without a scheme and a port");
        }
    });
});
