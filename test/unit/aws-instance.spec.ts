import assert from "node:assert/strict";
import { type dynamic, runtime } from "@pulumi/pulumi";
import { InstanceProvider, PasswordProvider } from "../../providers/aws/server";
import type { InstanceInputs } from "../../providers/aws/server/inputs";
import { assertIncludes } from "../support/assertions";

const provider = new InstanceProvider();

const first: InstanceInputs = {
    kind: "database",
    service: "orders",
    durability: "standard",
    base: "orders-00000000",
    newestVersion: "18",
    allowMajorUpgrade: false,
    allowDataLoss: [],
    choices: { port: "5433", "engine 18": "18", "machine for 1 vCPU, 2 GiB": "db.t4g.small" },
    fixed: { kmsKeyArn: "a key of its own", region: "eu-central-1" },
};

describe("a living service on AWS", () => {
    it("has a name, a version and choices from its first up on", async () => {
        const { inputs, failures } = await check({}, first);
        assert.deepEqual(failures, []);
        assert.deepEqual([inputs.name, inputs.version, inputs.generation], ["orders-00000000", "18", 1]);
    });

    it("keeps them when this package chooses otherwise by now, and in previews that don't know its identity", async () => {
        const was = await living(first);
        const now = {
            ...first,
            base: runtime.unknownValue,
            newestVersion: "19",
            choices: { port: "6000", "engine 18": "18.9", "engine 19": "19", "machine for 1 vCPU, 2 GiB": "db.t5g.small" },
        };
        const { inputs, failures } = await check(was, now);
        assert.deepEqual(failures, []);
        assert.equal(inputs.name, "orders-00000000");
        assert.equal(inputs.version, "18");
        assert.deepEqual(inputs.choices, { ...first.choices, "engine 19": "19" });
    });

    it("gets a new choice for what it wasn't asked before", async () => {
        const was = await living(first);
        const { inputs } = await check(was, { ...first, choices: { ...first.choices, "machine for 4 vCPU, 16 GiB": "db.m7g.xlarge" } });
        assert.equal(inputs.choices["machine for 4 vCPU, 16 GiB"], "db.m7g.xlarge");
    });

    it("refuses each change that would replace it, with the reason and the way on", async () => {
        const was = await living(first);
        const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/other";
        const { failures } = await check(was, { ...first, fixed: { kmsKeyArn, region: "eu-west-1" } });
        assert.deepEqual(
            failures.map(({ property }) => property),
            ["kmsKeyArn", "region"],
        );
        assertIncludes(
            failures[0]?.reason ?? "",
            `the database "orders" has kmsKeyArn "a key of its own"; "${kmsKeyArn}" is refused: A database is encrypted with one key for life`,
            "Set kmsKeyArn back; or make a second database under another name",
            'set allowDataLoss: ["replacement"], having run "up" once with durability: "ephemeral"',
        );
        assertIncludes(failures[1]?.reason ?? "", "The service would start empty in another region");
    });

    it("refuses another deployment of a queue, or other subnets, and tells a change once", async () => {
        const queue = { ...first, kind: "queue" as const, service: "events" };
        const was = await living({ ...queue, fixed: { highAvailability: "one node", subnetIds: "subnet-a" } });
        const cluster = await check(was, { ...queue, fixed: { highAvailability: "three nodes", subnetIds: "subnet-a, subnet-b" } });
        assert.deepEqual(
            cluster.failures.map(({ property }) => property),
            ["highAvailability"],
        );
        assertIncludes(cluster.failures[0]?.reason ?? "", "One node or three is decided for life", "Its queues and messages are lost");
        const moved = await check(was, { ...queue, fixed: { highAvailability: "one node", subnetIds: "subnet-b" } });
        assert.deepEqual(
            moved.failures.map(({ property }) => property),
            ["subnetIds"],
        );
        assertIncludes(moved.failures[0]?.reason ?? "", "A broker stays in its subnets");
    });

    it("is replaced under another name where the user names the loss", async () => {
        const was = await living(first);
        const moved = { ...first, fixed: { ...first.fixed, kmsKeyArn: "arn:other" }, allowDataLoss: ["replacement" as const] };
        const { inputs, failures } = await check(was, moved);
        assert.deepEqual(failures, []);
        assert.deepEqual([inputs.name, inputs.generation], ["orders-00000000-2", 2]);
        // The next up changes nothing more, though the loss is still allowed.
        const again = await check(inputs, moved);
        assert.equal(again.inputs.name, "orders-00000000-2");
        assert.equal((await provider.diff("", inputs, again.inputs)).changes, false);
    });

    it("doesn't compare what an earlier version of this package didn't know", async () => {
        const was = await living(first);
        const { failures } = await check(was, { ...first, fixed: { ...first.fixed, more: "known now" } });
        assert.deepEqual(failures, []);
    });

    it("moves to a newer major version only where that was allowed, and never back", async () => {
        const was = await living({ ...first, version: "16" });
        const ask = async (more: Partial<InstanceInputs>) => (await check(was, { ...first, ...more })).failures.map(({ reason }) => reason).join();
        assert.match(await ask({ version: "17" }), /runs version 16\. Moving it to 17 takes it down for a while, and there is no way back\. Set version: "16"/);
        assert.equal(await ask({ version: "17", allowMajorUpgrade: true }), "");
        assert.match(await ask({ version: "15", allowMajorUpgrade: true }), /data never go back to an older version/);
        assert.equal(await ask({}), "");
    });

    it("doesn't move a broker to another major version at all", async () => {
        const queue: InstanceInputs = { ...first, kind: "queue", service: "events", version: "3", fixed: {} };
        const { failures } = await check(await living(queue), { ...queue, version: "4", allowMajorUpgrade: true });
        assertIncludes(failures[0]?.reason ?? "", 'Amazon MQ moves no living queue to 4. Set version: "3"; or make a second queue');
    });

    it("is the same where nothing changed, whatever the order of keys", async () => {
        const was = await living(first);
        const { inputs } = await check(was, { ...first, fixed: { region: "eu-central-1", kmsKeyArn: "a key of its own" } });
        assert.deepEqual(await provider.diff("", was, inputs), { changes: false });
        assert.deepEqual(await provider.diff("", was, { ...inputs, version: "19" }), { changes: true });
    });
});

describe("a password on AWS", () => {
    const passwords = new PasswordProvider();

    it("is made once, and anew for another owner only, beside the old one", async () => {
        const { outs } = await passwords.create({ owner: "orders-1" });
        assert.match(outs?.password ?? "", /^[A-Za-z0-9]{32}$/);
        const olds = outs as { owner: string; password: string };
        assert.deepEqual((await passwords.diff("", olds, { owner: "orders-1" })).changes, false);
        assert.deepEqual((await passwords.diff("", olds, { owner: runtime.unknownValue })).changes, false);
        assert.deepEqual(await passwords.diff("", olds, { owner: "orders-2" }), { changes: true, replaces: ["owner"], deleteBeforeReplace: false });
    });
});

/** What the engine is told of a program. */
async function check(olds: Partial<InstanceInputs>, news: InstanceInputs): Promise<Required<dynamic.CheckResult<InstanceInputs>>> {
    const { inputs, failures } = await provider.check(olds, news);
    assert.ok(inputs && failures);
    return { inputs, failures };
}

/** What the state holds after an `up`. */
async function living(inputs: InstanceInputs): Promise<InstanceInputs> {
    const checked = (await check({}, inputs)).inputs;
    return (await provider.create(checked)).outs as InstanceInputs;
}
