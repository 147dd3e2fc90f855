import assert from "node:assert/strict";
import { type Binding, withCache } from "../support/clients";
import type { ContractBackend } from "./backend";
import { describeBindings, describeLife, describePasswords, type Probe } from "./common";
import type { ContractService } from "./service";

const probe: Probe = {
    write: (binding, text) => withCache(binding, async (client) => void (await client.set("probe", text))),
    read: (binding) => withCache(binding, async (client) => String(await client.get("probe"))),
    refusesLogin: (error) => /^(WRONGPASS|NOAUTH)/.test(error.message),
};

/** Valkey or Redis on any backend. */
export function cacheContract(name: string, backend: ContractBackend, service: ContractService): void {
    let main: Binding;
    let second: Binding;
    let reader: Binding;
    let sessions: Binding;

    before("provision", async () => {
        const args = { evictionPolicy: "allkeys-lfu" };
        await service.up({ args, bindings: { second: {}, reader: { access: "readonly" }, sessions: { keys: ["session:*", "lock:?"] } } });
        ({ main, second, reader, sessions } = (await service.outputs()).bindings as Record<"main" | "second" | "reader" | "sessions", Binding>);
    });

    describeBindings(name, "cache", backend, service);

    it("writes as one and reads as the others", async () => {
        await withCache(main, (client) => client.set("item", "made by main"));
        for (const binding of [second, reader]) {
            assert.equal(await withCache(binding, (client) => client.get("item")), "made by main");
        }
        await withCache(second, (client) => client.append("item", ", changed by second"));
        assert.equal(await withCache(reader, (client) => client.get("item")), "made by main, changed by second");
    });

    it("offers the structures, scripts and transactions of the protocol", async () => {
        await withCache(main, async (client) => {
            await client.hset("hash", { a: "1" });
            await client.zadd("scores", 5, "x");
            await client.xadd("log", "*", "k", "v");
            assert.equal(await client.eval("return redis.call('incr', KEYS[1])", 1, "counter"), 1);
            assert.deepEqual(await client.multi().incr("counter").get("counter").exec(), [
                [null, 2],
                [null, "2"],
            ]);
        });
    });

    it("refuses every write of a read-only user", async () => {
        await withCache(reader, async (client) => {
            const writes = [
                ["SET", "item", "no"],
                ["DEL", "item"],
                ["EXPIRE", "item", "1"],
                ["HSET", "hash", "a", "2"],
                ["FLUSHALL"],
                ["PUBLISH", "channel", "no"],
                ["EVAL", "return redis.call('set', KEYS[1], 'no')", "1", "item"],
            ] as const;
            for (const [command, ...args] of writes) {
                await assert.rejects(client.call(command, ...args), isDenied, command);
            }
        });
        assert.equal(await withCache(main, (client) => client.get("item")), "made by main, changed by second");
    });

    it("keeps a user of some keys to those keys", async () => {
        await withCache(sessions, async (client) => {
            await client.set("session:1", "a");
            await client.set("lock:x", "a");
            assert.equal(await client.get("session:1"), "a");
            for (const key of ["item", "lock:xy", "sessions"]) {
                await assert.rejects(client.get(key), isDenied, key);
                await assert.rejects(client.set(key, "no"), isDenied, key);
            }
            await assert.rejects(client.publish("channel", "no"), isDenied);
            await assert.rejects(client.call("EVAL", "return redis.call('get', 'item')", "0"), isDenied);
        });
    });

    it("keeps every user from what belongs to the server", async () => {
        for (const binding of [main, second, reader, sessions]) {
            await withCache(binding, async (client) => {
                for (const command of [["CONFIG", "GET", "*"], ["ACL", "LIST"], ["SHUTDOWN"], ["BGSAVE"], ["REPLICAOF", "NO", "ONE"]] as const) {
                    await assert.rejects(client.call(command[0], ...command.slice(1)), isDenied, command.join(" "));
                }
            });
        }
    });

    it("lets nobody in without a user", async () => {
        const anonymous = main.uri.replace(/\/\/.*@/, "//");
        await assert.rejects(
            withCache(main, (client) => client.get("item"), anonymous),
            probe.refusesLogin,
        );
    });

    it("refuses a connection that doesn't encrypt", async () => {
        const plain = main.uri.replace("rediss:", "redis:");
        await assert.rejects(withCache(main, (client) => client.get("item"), plain));
    });

    it("delivers messages", async () => {
        await withCache(reader, async (subscriber) => {
            const message = new Promise((resolve) => subscriber.once("message", (_channel, text) => resolve(text)));
            await subscriber.subscribe("news");
            await withCache(main, (client) => client.publish("news", "hello"));
            assert.equal(await message, "hello");
        });
    });

    describePasswords(service, probe);

    it("changes keys and access of a binding in place", async () => {
        await service.bind("sessions", { keys: ["cart:*"], access: "readonly" });
        assert.deepEqual(await service.binding("sessions"), sessions);
        await withCache(main, (client) => client.set("cart:1", "b"));
        await withCache(sessions, async (client) => {
            assert.equal(await client.get("cart:1"), "b");
            await assert.rejects(client.get("session:1"), isDenied);
            await assert.rejects(client.set("cart:1", "no"), isDenied);
        });
    });

    describeLife(backend, service, probe);
}

function isDenied(error: Error): boolean {
    return /NOPERM|No permissions|ACL failure|can't access at least one of the keys/.test(error.message);
}
