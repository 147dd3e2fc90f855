import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { DataLoss, ManagedCache, type ManagedCacheArgs, ManagedDatabase, type ManagedDatabaseArgs, ManagedQueue, type ManagedQueueArgs } from "../../index";
import { problemsOf } from "../support/problems";
import { localEnvironment, record } from "../support/recorder";

const sizes = "nano, micro, small, medium, large, xlarge";

function database(args: unknown, name: unknown = "orders"): string[] {
    return problemsOf(() => new ManagedDatabase(name as string, { environment: localEnvironment, ...(args as ManagedDatabaseArgs) })).problems;
}

function queue(args: unknown): string[] {
    return problemsOf(() => new ManagedQueue("events", { environment: localEnvironment, ...(args as ManagedQueueArgs) })).problems;
}

function cache(args: unknown): string[] {
    return problemsOf(() => new ManagedCache("sessions", { environment: localEnvironment, ...(args as ManagedCacheArgs) })).problems;
}

describe("what a service is asked for", () => {
    it("refuses a misspelt argument and names the right one", () => {
        assert.deepEqual(
            database({ databasName: "x" }).map((problem) => problem.split(" Allowed")[0]),
            ['databasName: unknown property; did you mean "databaseName"?'],
        );
        assert.deepEqual(
            queue({ vhsot: "x" }).map((problem) => problem.split(" Allowed")[0]),
            ['vhsot: unknown property; did you mean "vhost"?'],
        );
        assert.deepEqual(
            cache({ evictionpolicy: "x" }).map((problem) => problem.split(" Allowed")[0]),
            ['evictionpolicy: unknown property; did you mean "evictionPolicy"?'],
        );
    });

    it("lists what is allowed beside a word that is like none of it", () => {
        const [problem = ""] = queue({ flavour: "x" });
        assert.match(problem, /^flavour: unknown property\. Allowed here: version, size, cpu, memoryGb, storageGb, durability, .*, vhost\.$/);
    });

    it("refuses an argument of another kind of service", () => {
        assert.match(cache({ databaseName: "x" }).join(), /^databaseName: unknown property/);
        assert.match(database({ evictionPolicy: "noeviction" }).join(), /^evictionPolicy: unknown property/);
    });

    it("refuses an unknown word and names the nearest", () => {
        assert.deepEqual(database({ size: "smal" }), [`size: "smal" is not allowed; did you mean "small"? Allowed: ${sizes}.`]);
        assert.deepEqual(database({ size: "gigantic" }), [`size: "gigantic" is not allowed. Allowed: ${sizes}.`]);
        assert.deepEqual(database({ durability: "Ephemeral" }), [
            'durability: "Ephemeral" is not allowed; did you mean "ephemeral"? Allowed: ephemeral, standard, critical.',
        ]);
        assert.deepEqual(cache({ evictionPolicy: "allkeys-lur" }), [
            'evictionPolicy: "allkeys-lur" is not allowed; did you mean "allkeys-lru"? Allowed: allkeys-lru, allkeys-lfu, volatile-lru, volatile-ttl, noeviction.',
        ]);
        assert.deepEqual(database({ allowDataLoss: ["backend"] }), [
            `allowDataLoss.0: "backend" is not allowed. Allowed: ${Object.values(DataLoss).join(", ")}.`,
        ]);
    });

    it("refuses a value of the wrong type", () => {
        assert.deepEqual(database({ version: 17 }), ["version: must be a string, got 17."]);
        assert.deepEqual(database({ cpu: "2" }), ['cpu: must be a number, got "2".']);
        assert.deepEqual(database({ storageGb: 0 }), ["storageGb: must be more than 0, got 0."]);
        assert.deepEqual(database({ memoryGb: -1 }), ["memoryGb: must be more than 0, got -1."]);
        assert.deepEqual(database({ highAvailability: "yes" }), ['highAvailability: must be a boolean, got "yes".']);
        assert.deepEqual(database({ settings: { shared_buffers: 128 } }), ["settings.shared_buffers: must be a string, got 128."]);
        assert.deepEqual(database({ settings: ["a"] }), ['settings: must be an object, got ["a"].']);
        assert.deepEqual(database({ tags: { owner: null } }), ["tags.owner: must be a string, got null."]);
    });

    it("refuses arguments that are no object", () => {
        for (const args of ["small", 5, ["small"]]) {
            const { message } = problemsOf(() => new ManagedDatabase("orders", args as unknown as ManagedDatabaseArgs));
            assert.match(message, /must be an object/);
        }
    });

    it("refuses an Output where a plain value is needed, and says so", () => {
        const [problem = ""] = database({ size: pulumi.output("small") });
        assert.equal(problem.split(". ")[0]?.replace(/\.$/, ""), "size: must be a string, got an Output, whose value is not known yet");
        assert.deepEqual(database({ tags: { owner: pulumi.output("x") } }), ["tags.owner: must be a string, got an Output, whose value is not known yet."]);
    });

    it("refuses a version that the backend has not", () => {
        assert.deepEqual(database({ version: "13" }).map(withoutHint), [
            'version: the backend "local" has no database of version "13". Allowed: 14, 15, 16, 17, 18.',
        ]);
        assert.deepEqual(database({ version: "17.2" }).map(withoutHint), [
            'version: the backend "local" has no database of version "17.2". Allowed: 14, 15, 16, 17, 18.',
        ]);
        assert.match(queue({ version: "2" }).join(), /^version: the backend "local" has no queue of version "2"/);
        assert.match(cache({ version: "1" }).join(), /^version: the backend "local" has no cache of version "1"/);
    });

    it("refuses a capability that the backend has not", () => {
        const [recovery = "", ...others] = database({ pointInTimeRecovery: true });
        assert.deepEqual(others, []);
        assert.match(
            recovery,
            /^pointInTimeRecovery: the backend "local" has no point in time recovery for a database\. (Backends that can: [a-z, ]+|No backend of this version can)\. Remove pointInTimeRecovery, or place the database on another backend in this environment\.$/,
        );
        assert.match(queue({ highAvailability: true }).join(), /^highAvailability: the backend "local" has no high availability for a queue\./);
        assert.match(cache({ highAvailability: true }).join(), /^highAvailability: the backend "local" has no high availability for a cache\./);
    });

    it("takes a capability that is declined", async () => {
        await record(() => new ManagedDatabase("orders", { highAvailability: false, pointInTimeRecovery: false }));
    });

    it("refuses names of databases and vhosts that no server takes", () => {
        const allowed = 'a letter or "_", then letters, digits, "_" and "-", 63 characters at most';
        assert.deepEqual(database({ databaseName: "1st" }), [`databaseName: must be ${allowed}, got "1st".`]);
        assert.deepEqual(database({ databaseName: "a b" }), [`databaseName: must be ${allowed}, got "a b".`]);
        assert.deepEqual(database({ databaseName: "x".repeat(64) }), [`databaseName: must be ${allowed}, got "${"x".repeat(64)}".`]);
        for (const vhost of ["", ".", "..", "a\nb", "x".repeat(129)]) {
            assert.match(queue({ vhost }).join(), /^vhost: must be 1 to 128 characters, none of them a control character, and neither "\." nor "\.\.", got /);
        }
    });

    it("refuses odd, empty and long names", () => {
        const allowed = 'must start with a letter and hold only letters, digits, ".", "_" and "-"';
        assert.deepEqual(database({}, ""), ['name: must be a name, got "".']);
        assert.deepEqual(database({}, 7), ["name: must be a name, got 7."]);
        assert.deepEqual(database({}, "1st"), [`name: ${allowed}, got "1st".`]);
        assert.deepEqual(database({}, "a b"), [`name: ${allowed}, got "a b".`]);
        assert.deepEqual(database({}, "größe"), [`name: ${allowed}, got "größe".`]);
        assert.deepEqual(database({}, "../etc"), [`name: ${allowed}, got "../etc".`]);
        assert.deepEqual(database({}, "a".repeat(64)), [`name: must be at most 63 characters, got 64: "${"a".repeat(64)}".`]);
    });

    it("says all that is wrong at once", () => {
        const { message, problems } = problemsOf(
            () =>
                new ManagedDatabase("1st", {
                    size: "smal",
                    cpu: -1,
                    hurry: true,
                    environment: { database: { locl: {} } },
                    bindings: { reports: { access: "read" }, "a b": { rotation: "1", password: "x" } },
                } as unknown as ManagedDatabaseArgs),
        );
        assert.deepEqual(problems.map((problem) => problem.split(": ")[0]).sort(), [
            "bindings.a b",
            "bindings.a b.rotation",
            "bindings.reports.access",
            "cpu",
            "environment.database.locl",
            "hurry",
            "name",
            "size",
        ]);
        assert.match(message, /^ManagedDatabase "1st" can't be used as written:\n/);
        assert.equal(message.split("\n").length, 1 + problems.length);
        for (const problem of problems) {
            assert.ok(message.includes(`  - ${problem}`));
        }
    });

    it("points at the user's line", () => {
        const { stack } = problemsOf(() => new ManagedCache("1st"));
        assert.match(stack.split("\n").find((line) => line.trim().startsWith("at ")) ?? "", /arguments\.spec\.ts/);
    });

    it("registers nothing of a service that is refused", async () => {
        const { registrations } = await record(() => problemsOf(() => new ManagedDatabase("1st")));
        assert.deepEqual(registrations, []);
    });
});

/** "13" is near to "14": the hint may come or not. */
function withoutHint(problem: string): string {
    return problem.replace(/; did you mean "\d+"\?/, ".");
}
