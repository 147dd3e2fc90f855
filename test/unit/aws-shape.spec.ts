import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ServiceSpec } from "../../components/backend";
import { resolveSize, type Size, sizes } from "../../components/size";
import { ManagedCache, ManagedDatabase, ManagedQueue } from "../../index";
import { changes, sources } from "../../providers/aws/changes";
import { machineFor, machines } from "../../providers/aws/machines";
import { changeTable, machineTable } from "../../tools/aws-tables";
import { root } from "../../tools/paths";
import { recordAws, resourceOf } from "../support/aws-mocks";
import { durabilities, type ServiceKind, services } from "../support/aws-programs";

const mains = { database: "Instance", queue: "Broker", cache: "ReplicationGroup" } as const;
const names = { database: "orders", queue: "events", cache: "sessions" } as const;

describe("the table of changes on AWS", () => {
    for (const kind of Object.keys(mains) as ServiceKind[]) {
        it(`knows every property of the ${kind} that is set, once, and no other`, async () => {
            const set = new Set<string>();
            for (const durability of durabilities) {
                const { registrations } = await services[kind](durability);
                for (const property of Object.keys(resourceOf(registrations, mains[kind], names[kind]).inputs)) {
                    set.add(property);
                }
            }
            if (kind === "queue") {
                const { registrations } = await recordAws(() => new ManagedQueue("events", { settings: { consumer_timeout: "60000" } }));
                assert.deepEqual(resourceOf(registrations, "Broker").inputs.configuration, { id: "events-configuration-id", revision: 1 });
                set.add("configuration");
            }
            assert.deepEqual(changes[kind].map(({ property }) => property).sort(), [...set].sort());
        });
    }

    it("names a source for each fact, and every source is used", () => {
        const used = Object.values(changes).flatMap((rows) => rows.map(({ source }) => source));
        assert.deepEqual([...new Set(used)].sort(), Object.keys(sources).sort());
    });

    it("stands in the README of the backend, with the machines (npm run docs)", () => {
        const readme = readFileSync(join(root, "providers", "aws", "README.md"), "utf8");
        assert.ok(readme.includes(changeTable()));
        assert.ok(readme.includes(machineTable()));
    });
});

describe("a size on AWS", () => {
    const expected: Readonly<Record<ServiceKind, Readonly<Record<Size, string>>>> = {
        database: {
            nano: "db.t4g.micro",
            micro: "db.t4g.micro",
            small: "db.t4g.small",
            medium: "db.m7g.large",
            large: "db.m7g.xlarge",
            xlarge: "db.m7g.2xlarge",
        },
        queue: { nano: "mq.m7g.large", micro: "mq.m7g.large", small: "mq.m7g.large", medium: "mq.m7g.large", large: "mq.m7g.xlarge", xlarge: "mq.m7g.2xlarge" },
        cache: {
            nano: "cache.t4g.micro",
            micro: "cache.t4g.small",
            small: "cache.t4g.medium",
            medium: "cache.r7g.large",
            large: "cache.r7g.xlarge",
            xlarge: "cache.r7g.2xlarge",
        },
    };

    for (const kind of Object.keys(expected) as ServiceKind[]) {
        it(`is the cheapest ${kind} that has what was asked for`, () => {
            const found = Object.fromEntries(
                (Object.keys(sizes) as Size[]).map((size) => [size, machineFor(kind, specOf({ size: resolveSize(size, {}) }))?.name]),
            );
            assert.deepEqual(found, expected[kind]);
        });
    }

    it("has a small broker for trials only, and never for a cluster", () => {
        assert.equal(machineFor("queue", specOf({ durability: "ephemeral" }))?.name, "mq.m7g.medium");
        assert.equal(machineFor("queue", specOf({ durability: "ephemeral", highAvailability: true }))?.name, "mq.m7g.large");
    });

    it("comes from a table in which more costs more", () => {
        for (const list of Object.values(machines)) {
            for (const [index, machine] of list.entries()) {
                const cheaperAndBetter = list.slice(index + 1).find(({ vcpu, memoryGb }) => vcpu <= machine.vcpu && memoryGb <= machine.memoryGb);
                assert.equal(cheaperAndBetter, undefined, machine.name);
            }
        }
    });

    it("gives way to the class that the environment names", async () => {
        const { registrations } = await recordAws(() => new ManagedDatabase("orders", { size: "nano" }), { instanceClasses: { orders: "db.r8g.large" } });
        assert.equal(resourceOf(registrations, "Instance", "orders").inputs.instanceClass, "db.r8g.large");
    });

    it("is storage of 20 GiB at least, and twice as much to grow into", async () => {
        const storage = async (storageGb: number) => {
            const { registrations } = await recordAws(() => new ManagedDatabase("orders", { storageGb }));
            const { allocatedStorage, maxAllocatedStorage } = resourceOf(registrations, "Instance", "orders").inputs;
            return [allocatedStorage, maxAllocatedStorage];
        };
        assert.deepEqual(await storage(1), [20, 40]);
        assert.deepEqual(await storage(99.5), [100, 200]);
    });
});

describe("settings on AWS", () => {
    it("are parameters in the units that RDS takes, and static ones wait for a restart", async () => {
        const settings = {
            work_mem: "8MB",
            shared_buffers: "1GB",
            statement_timeout: "5min",
            max_connections: "50",
            jit: "off",
            log_statement: "all",
            max_wal_size: "2048",
        };
        const { registrations } = await recordAws(() => new ManagedDatabase("orders", { settings }));
        const parameters = resourceOf(registrations, "ParameterGroup").inputs.parameters as { name: string; value: string; applyMethod: string }[];
        const found = Object.fromEntries(parameters.filter(({ name }) => name in settings).map(({ name, value, applyMethod }) => [name, [value, applyMethod]]));
        assert.deepEqual(found, {
            work_mem: ["8192", "immediate"],
            shared_buffers: ["131072", "pending-reboot"],
            statement_timeout: ["300000", "immediate"],
            max_connections: ["50", "pending-reboot"],
            jit: ["0", "immediate"],
            log_statement: ["all", "immediate"],
            max_wal_size: ["2048", "immediate"],
        });
    });

    it("are lines of a broker's configuration", async () => {
        const { registrations } = await recordAws(() => new ManagedQueue("events", { settings: { consumer_timeout: " 60000 " } }));
        assert.equal(resourceOf(registrations, "Configuration").inputs.data, "consumer_timeout = 60000\n");
    });

    it("are parameters of a cache, with the eviction policy", async () => {
        const { registrations } = await recordAws(
            () => new ManagedCache("sessions", { evictionPolicy: "noeviction", settings: { "Notify-Keyspace-Events": "Ex" } }),
        );
        assert.deepEqual(resourceOf(registrations, "ParameterGroup").inputs.parameters, [
            { name: "maxmemory-policy", value: "noeviction" },
            { name: "notify-keyspace-events", value: "Ex" },
        ]);
    });
});

describe("an AWS service", () => {
    it("waits for the maintenance window where it is critical, unless a major upgrade was allowed", async () => {
        const immediate = async (args: ConstructorParameters<typeof ManagedDatabase>[1]) =>
            resourceOf((await recordAws(() => new ManagedDatabase("orders", args))).registrations, "Instance", "orders").inputs.applyImmediately;
        assert.equal(await immediate({ durability: "ephemeral" }), true);
        assert.equal(await immediate({}), true);
        assert.equal(await immediate({ durability: "critical" }), false);
        assert.equal(await immediate({ durability: "critical", allowMajorUpgrade: true }), true);
    });

    it("is in the partition and the region that AWS tells of", async () => {
        const calls = {
            getCallerIdentity: { accountId: "999999999999" },
            getPartition: { partition: "aws-cn", dnsSuffix: "amazonaws.com.cn" },
            getRegion: { region: "cn-north-1" },
            getSubnet: { vpcId: "vpc-9" },
        };
        const { registrations } = await recordAws(() => new ManagedDatabase("orders"), { region: undefined }, { calls });
        assert.equal(
            resourceOf(registrations, "RolePolicyAttachment").inputs.policyArn,
            "arn:aws-cn:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
        );
        assert.match(String(resourceOf(registrations, "Key").inputs.policy), /logs\.cn-north-1\.amazonaws\.com\.cn.*arn:aws-cn:logs:cn-north-1:999999999999:/);
        assert.equal(resourceOf(registrations, "SecurityGroup").inputs.vpcId, "vpc-9");
        // Neither region nor profile: Pulumi's own default provider.
        assert.equal(
            registrations.some(({ type }) => type === "pulumi:providers:aws"),
            false,
        );
    });

    it("shares one provider with the others of its region and profile", async () => {
        const { registrations } = await recordAws(() => [new ManagedDatabase("orders"), new ManagedQueue("events"), new ManagedCache("sessions")], {
            profile: "prod",
        });
        const providers = registrations.filter(({ type }) => type === "pulumi:providers:aws");
        assert.deepEqual(
            providers.map(({ name }) => name),
            ["data-services-aws-prod-eu-central-1"],
        );
    });

    it("lets in ranges of both families and members of groups", async () => {
        const more = { allowedCidrs: ["10.0.0.0/16", "fd00:1::/48"], allowedSecurityGroupIds: ["sg-1"], vpcId: "vpc-7" };
        const { registrations } = await recordAws(() => new ManagedCache("sessions"), more);
        const rules = registrations.filter(({ type }) => type.endsWith(":SecurityGroupIngressRule"));
        assert.deepEqual(
            rules.map(({ name, inputs }) => [name, inputs.cidrIpv4 ?? inputs.cidrIpv6 ?? inputs.referencedSecurityGroupId, inputs.fromPort]),
            [
                ["sessions-from-10.0.0.0-16", "10.0.0.0/16", 6379],
                ["sessions-from-fd00-1-48", "fd00:1::/48", 6379],
                ["sessions-from-sg-1", "sg-1", 6379],
            ],
        );
        assert.equal(resourceOf(registrations, "SecurityGroup").inputs.vpcId, "vpc-7");
    });

    it("keeps its key and its logs where its data are kept", async () => {
        const kept = async (durability: "ephemeral" | "standard") => {
            const { registrations } = await services.database(durability);
            return registrations.filter(({ retainOnDelete }) => retainOnDelete).map(({ name }) => name);
        };
        assert.deepEqual(await kept("ephemeral"), []);
        assert.deepEqual(await kept("standard"), ["orders-key", "orders-log-postgresql", "orders-log-upgrade"]);
    });

    it("is protected by durability: what holds the data, and its key", async () => {
        for (const kind of Object.keys(mains) as ServiceKind[]) {
            const isProtected = async (durability: "ephemeral" | "critical") =>
                (await services[kind](durability)).registrations.filter((one) => one.protect).map(({ name }) => name);
            assert.deepEqual(await isProtected("ephemeral"), []);
            assert.deepEqual(await isProtected("critical"), [names[kind], `${names[kind]}-key`]);
        }
    });
});

function specOf(change: Partial<ServiceSpec>): ServiceSpec {
    return { size: resolveSize("small", {}), durability: "standard", highAvailability: false, ...change } as ServiceSpec;
}
