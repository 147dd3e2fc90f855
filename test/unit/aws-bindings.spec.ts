import assert from "node:assert/strict";
import { ManagedCache as Cache, type ManagedCache, ManagedDatabase, ManagedQueue } from "../../index";
import { AwsCache, AwsDatabase, AwsQueue } from "../../providers/aws";
import { awsSettings, recordAws, resourceOf } from "../support/aws-mocks";
import { durabilities, type ServiceKind, services } from "../support/aws-programs";
import { localEnvironment, record, resolved } from "../support/recorder";

describe("a binding on AWS", () => {
    it("of a database is a user made by the administrator of Secrets Manager, whose password is in no resource", async () => {
        const { result, registrations } = await recordAws(() => new ManagedDatabase("orders").binding.values);
        const values = await resolved(result);
        assert.equal(values.provider, "aws");
        assert.equal(values.port, 5433);
        assert.equal(values.host, "orders.example.eu-central-1.rds.amazonaws.com");
        assert.equal(values.certificates, awsSettings.certificateAuthority);
        assert.match(values.uri, /^postgresql:\/\/orders:p%40ss%2Fword@orders\.example.*:5433\/orders\?sslmode=verify-full$/);
        const instance = resourceOf(registrations, "Instance", "orders");
        assert.equal(instance.inputs.manageMasterUserPassword, true);
        assert.equal(instance.inputs.password ?? instance.inputs.passwordWo, undefined);
    });

    it("of a database has no certificates where the environment names none", async () => {
        const { result } = await recordAws(() => new ManagedDatabase("orders").binding.values, { certificateAuthority: undefined });
        assert.equal((await resolved(result)).certificates, undefined);
    });

    it("of a queue is a user made over the management API", async () => {
        const { result, registrations } = await recordAws(() => new ManagedQueue("events").binding.values);
        const values = await resolved(result);
        assert.equal(values.uri, "amqps://events:p%40ss%2Fword@b-1.mq.eu-central-1.amazonaws.com:5671/events");
        assert.equal(values["management-uri"], "https://b-1.mq.eu-central-1.amazonaws.com");
        assert.equal(values.certificates, undefined);
        const { inputs } = resourceOf(registrations, "RemoteServer");
        assert.deepEqual([inputs.port, inputs.managementPort, inputs.managementHost], [5671, 443, "b-1.mq.eu-central-1.amazonaws.com"]);
    });

    it("of a cache is a user of ElastiCache in the cache's one group", async () => {
        const { result, registrations } = await recordAws(() => {
            const cache = new Cache("sessions", { highAvailability: true });
            return cache.bind("reports", { access: "readonly", keys: ["report:*"] }).values;
        });
        const values = await resolved(result);
        assert.equal(values.uri, "rediss://sessions_reports:made-password@master.sessions.euc1.cache.amazonaws.com:6379/0");
        assert.equal(values["reader-host"], "replica.sessions.euc1.cache.amazonaws.com");
        const user = resourceOf(registrations, "User", "sessions-reports-user");
        assert.match(String(user.inputs.accessString), /^on %R~report:\* &report:\* -@all \+@read /);
        assert.deepEqual(user.inputs.authenticationMode, { type: "password", passwords: ["[secret]"] });
        const member = resourceOf(registrations, "UserGroupAssociation", "sessions-reports-member");
        assert.deepEqual([member.inputs.userId, member.inputs.userGroupId], [user.inputs.userId, "sessions-00000000-users"]);
    });

    it("of a cache joins the group after the one before it, since the group takes one change at a time", async () => {
        const { registrations } = await recordAws(() => {
            const cache = new Cache("sessions");
            cache.bind("a");
            cache.bind("b");
        });
        const waitsFor = (name: string) =>
            (resourceOf(registrations, "UserGroupAssociation", name).dependencies ?? []).filter((one) => one.includes("UserGroupAssociation"));
        assert.deepEqual(waitsFor("sessions-member"), []);
        assert.deepEqual(waitsFor("sessions-a-member"), ["aws:elasticache/userGroupAssociation:UserGroupAssociation::sessions-member"]);
        assert.deepEqual(waitsFor("sessions-b-member"), ["aws:elasticache/userGroupAssociation:UserGroupAssociation::sessions-a-member"]);
    });

    it("of a cache is another user with another password after a rotation", async () => {
        const userOf = async (rotation?: string) => {
            const { registrations } = await recordAws(() => {
                const cache: ManagedCache = new Cache("sessions");
                cache.bind("web", rotation === undefined ? {} : { rotation });
            });
            const { userId, userName } = resourceOf(registrations, "User", "sessions-web-user").inputs as Record<string, string>;
            const { owner } = resourceOf(registrations, "AwsPassword", "sessions-web-password").inputs;
            assert.equal(owner, userId);
            assert.ok(userId !== undefined && userId.length <= 40, userId);
            return { userId, userName };
        };
        const [before, after] = [await userOf(), await userOf("2026-12")];
        assert.notEqual(before.userId, after.userId);
        assert.notEqual(before.userName, after.userName);
    });

    it("takes a password of the user's own, as a secret", async () => {
        const { result, registrations } = await recordAws(() => {
            const cache = new Cache("sessions");
            return cache.bind("web", { password: "sixteen-letters-long" }).password;
        });
        assert.equal(await resolved(result), "sixteen-letters-long");
        assert.equal(JSON.stringify(registrations).includes("sixteen-letters-long"), false);
        assert.equal(
            registrations.some(({ name }) => name === "sessions-web-password"),
            false,
        );
    });

    it("goes through the bastion that the environment names", async () => {
        const bastion = { host: "bastion.example.com", user: "ops", hostKey: "SHA256:abc", agent: true };
        const { registrations } = await recordAws(() => new ManagedQueue("events"), { bastion });
        assert.equal(resourceOf(registrations, "RemoteServer").inputs.bastion, "[secret]");
        assert.equal((resourceOf(registrations, "RemoteUser").inputs.server as Record<string, unknown>).bastion, "[secret]");
    });

    it("leaves no password in plain text, on any kind", async () => {
        for (const kind of Object.keys(services) as ServiceKind[]) {
            for (const durability of durabilities) {
                const text = JSON.stringify((await services[kind](durability)).registrations);
                assert.equal(/made-password|p@ss|p%40ss/.test(text), false, `${kind} ${durability}`);
            }
        }
    });
});

describe("the AWS resources behind a service", () => {
    it("are reached by the component", async () => {
        const { result } = await recordAws(() => ({
            database: AwsDatabase.of(new ManagedDatabase("orders")),
            queue: AwsQueue.of(new ManagedQueue("events")),
            cache: AwsCache.of(new Cache("sessions")),
        }));
        assert.equal(await resolved(result.database?.instance.identifier as never), "orders-00000000");
        assert.equal(await resolved(result.queue?.broker.brokerName as never), "events-00000000");
        assert.equal(await resolved(result.cache?.replicationGroup.replicationGroupId as never), "sessions-00000000");
        assert.ok(result.database?.key && result.database.parameterGroup && result.database.subnetGroup && result.database.securityGroup);
    });

    it("are none on another backend, and none of another kind", async () => {
        await record(() => assert.equal(AwsDatabase.of(new ManagedDatabase("orders", { environment: localEnvironment })), undefined));
        const { result } = await recordAws(() => AwsQueue.of(new ManagedDatabase("orders")));
        assert.equal(result, undefined);
    });
});
