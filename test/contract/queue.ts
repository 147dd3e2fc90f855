import assert from "node:assert/strict";
import { type Channel, connect } from "amqplib";
import { type Binding, withQueue } from "../support/clients";
import type { ContractBackend } from "./backend";
import { describeBindings, describeLife, describePasswords, type Probe } from "./common";
import type { ContractService } from "./service";

const vhost = "shop/events & more";

const probe: Probe = {
    write: (binding, text) =>
        withChannel(binding, async (channel) => {
            await channel.assertQueue("probe", { durable: true });
            await channel.purgeQueue("probe");
            await send(channel, "probe", text);
        }),
    read: (binding) =>
        withChannel(binding, async (channel) => {
            const message = await channel.get("probe");
            assert.ok(message, "the queue holds nothing");
            // Back it goes, for the next reader.
            channel.nack(message, false, true);
            return message.content.toString();
        }),
    refusesLogin: (error) => /ACCESS[-_]REFUSED|403/.test(error.message),
    // amqplib reads the user and the password of a URI byte by byte. In fields of their own it takes them as they are.
    logInByFields: ({ host, port, username, password, vhost, certificates }) => {
        const fields = { protocol: "amqps", hostname: host, port, username, password, vhost: encodeURIComponent(vhost ?? "") };
        return connect(fields, { ca: certificates, timeout: 10_000 }).then((connection) => connection.close());
    },
};

/** RabbitMQ on any backend. */
export function queueContract(name: string, backend: ContractBackend, service: ContractService): void {
    let main: Binding;
    let second: Binding;
    let reader: Binding;
    let narrow: Binding;

    before("provision", async () => {
        const permissions = { configure: "^mine-.*", write: "^(mine-.*|amq\\.default)$", read: "^mine-.*" };
        await service.up({ args: { vhost }, bindings: { second: {}, reader: { access: "readonly" }, narrow: { permissions } } });
        ({ main, second, reader, narrow } = (await service.outputs()).bindings as Record<"main" | "second" | "reader" | "narrow", Binding>);
    });

    describeBindings(name, "queue", backend, service);

    it("leads every binding to the vhost", () => {
        for (const binding of [main, second, reader, narrow]) {
            assert.equal(binding.vhost, vhost);
        }
    });

    it("publishes as one and consumes as another", async () => {
        await withChannel(main, async (channel) => {
            await channel.assertExchange("orders", "topic", { durable: true });
            await channel.assertQueue("work", { durable: true });
            await channel.bindQueue("work", "orders", "#");
            channel.publish("orders", "new", Buffer.from("first"), { persistent: true });
            channel.publish("orders", "new", Buffer.from("second"), { persistent: true });
        });
        assert.equal(await receive(second, "work"), "first");
        assert.equal(await receive(reader, "work"), "second");
    });

    it("lets the next read-write user change what one made", async () => {
        await withChannel(second, async (channel) => {
            await channel.assertQueue("more", { durable: true });
            await channel.bindQueue("more", "orders", "new");
            await channel.deleteExchange("orders");
        });
        await withChannel(main, (channel) => channel.deleteQueue("more"));
    });

    it("refuses every write of a read-only user", async () => {
        const writes: Readonly<Record<string, (channel: Channel) => Promise<unknown>>> = {
            declare: (channel) => channel.assertQueue("no", { durable: true }),
            delete: (channel) => channel.deleteQueue("work"),
            exchange: (channel) => channel.assertExchange("no", "fanout"),
            publish: (channel) => send(channel, "work", "no"),
        };
        for (const [what, write] of Object.entries(writes)) {
            await assert.rejects(withChannel(reader, write), isDenied, what);
        }
        await withChannel(main, async (channel) => assert.equal((await channel.checkQueue("work")).messageCount, 0));
    });

    it("keeps a user of some names to those names", async () => {
        await withChannel(narrow, async (channel) => {
            await channel.assertQueue("mine-1", { durable: true });
            await send(channel, "mine-1", "hello");
        });
        assert.equal(await receive(narrow, "mine-1"), "hello");
        await assert.rejects(
            withChannel(narrow, (channel) => channel.assertQueue("other", { durable: true })),
            isDenied,
        );
        await assert.rejects(receive(narrow, "work"), isDenied);
    });

    it("keeps every user to the vhost", async () => {
        for (const binding of [main, second, reader, narrow]) {
            const other = binding.uri.replace(/\/[^/]*$/, "/%2F");
            await assert.rejects(
                withQueue(binding, async () => undefined, other),
                /ConnectionClose/,
            );
        }
    });

    it("has no user guest", async () => {
        const guest = main.uri.replace(/\/\/.*@/, "//guest:guest@");
        await assert.rejects(
            withQueue(main, async () => undefined, guest),
            probe.refusesLogin,
        );
    });

    it("refuses a connection that doesn't encrypt", async () => {
        const plain = main.uri.replace("amqps:", "amqp:");
        await assert.rejects(withQueue(main, async () => undefined, plain));
    });

    describePasswords(service, probe);

    it("changes the permissions of a binding in place", async () => {
        await service.bind("narrow", { permissions: { configure: "", write: "", read: "^work$" } });
        assert.deepEqual(await service.binding("narrow"), narrow);
        await withChannel(main, (channel) => send(channel, "work", "third"));
        assert.equal(await receive(narrow, "work"), "third");
        await assert.rejects(receive(narrow, "mine-1"), isDenied);
    });

    describeLife(backend, service, probe);
}

/** Runs `action` on a confirmed channel; an error that the broker closes the channel with is thrown. */
async function withChannel<Result>(binding: Binding, action: (channel: Channel) => Promise<Result>): Promise<Result> {
    return withQueue(binding, async (connection) => {
        const channel = await connection.createConfirmChannel();
        const broken = new Promise<never>((_resolve, reject) => channel.once("error", reject));
        broken.catch(() => undefined);
        const result = await Promise.race([action(channel), broken]);
        await Promise.race([channel.waitForConfirms(), broken]);
        await Promise.race([channel.close(), broken]);
        return result;
    });
}

async function send(channel: Channel, queue: string, text: string): Promise<void> {
    channel.sendToQueue(queue, Buffer.from(text), { persistent: true });
}

/** Takes one message out of a queue. */
function receive(binding: Binding, queue: string): Promise<string> {
    return withChannel(binding, async (channel) => {
        const message = await channel.get(queue, { noAck: true });
        assert.ok(message, `the queue ${queue} is empty`);
        return message.content.toString();
    });
}

function isDenied(error: Error): boolean {
    return /ACCESS[_-]REFUSED/.test(error.message);
}
