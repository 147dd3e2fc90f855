import assert from "node:assert/strict";
import { createSocket, type Socket } from "node:dgram";
import dns from "node:dns";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Kubectl } from "../../tools/cluster";
import { byClusterDns, type FindHost, fullName, resolveClusterNames } from "../support/cluster-dns";
import { ServiceForwards } from "../support/cluster-forwards";
import { eventually } from "../support/processes";
import { connectTo } from "../support/sockets";

describe("cluster: names of its services", () => {
    let undo = () => {};

    afterEach(() => undo());

    const install = (find: FindHost) => {
        undo = resolveClusterNames(find);
    };

    it("lead clients of this process to the service, in each form that Node asks in", async () => {
        const asked: string[] = [];
        install(async (host) => {
            asked.push(host);
            return "127.0.0.1";
        });
        const server = await listen();
        try {
            const { port } = server.address() as { port: number };
            for (const host of ["orders-rw.data.svc", "orders-rw.data.svc.cluster.local", "pod-0.orders.data.svc"]) {
                assert.equal(await connectTo(host, port), "127.0.0.1");
            }
            assert.deepEqual(asked, ["orders-rw.data.svc", "orders-rw.data.svc.cluster.local", "pod-0.orders.data.svc"]);
        } finally {
            server.close();
        }
        const lookup = (...args: unknown[]) =>
            new Promise((resolve, reject) =>
                (dns.lookup as (...all: unknown[]) => void)("a.b.svc", ...args, (error: Error | null, ...rest: unknown[]) =>
                    error ? reject(error) : resolve(rest),
                ),
            );
        assert.deepEqual(await lookup(), ["127.0.0.1", 4]);
        assert.deepEqual(await lookup(4), ["127.0.0.1", 4]);
        assert.deepEqual(await lookup({ all: true }), [[{ address: "127.0.0.1", family: 4 }]]);
        await assert.rejects(lookup({ family: 6 }), { code: "ENOTFOUND" });
    });

    it("that don't exist are not found, and other names are looked up as before", async () => {
        install(async () => undefined);
        await assert.rejects(connectTo("no.such.svc", 1), { code: "ENOTFOUND", hostname: "no.such.svc" });
        const server = await listen();
        try {
            const { port } = server.address() as { port: number };
            assert.match(await connectTo("localhost", port), /127\.0\.0\.1|::1/);
        } finally {
            server.close();
        }
    });

    it("are an error that the client sees when the cluster can't be asked", async () => {
        install(async () => {
            throw new Error("the cluster is away");
        });
        await assert.rejects(connectTo("a.b.svc", 1), /the cluster is away/);
    });

    it("are whole names to the DNS server", () => {
        for (const name of ["a.b.svc", "a.b.svc.", "a.b.svc.cluster.local", "a.b.svc.cluster.local."]) {
            assert.equal(fullName(name), "a.b.svc.cluster.local");
        }
    });

    it("are asked of the cluster's own DNS server", async () => {
        const server = await nameServer({ "orders.data.svc.cluster.local": [10, 214, 1, 2] });
        try {
            const find = byClusterDns(`127.0.0.1:${server.address().port}`);
            assert.equal(await find("orders.data.svc"), "10.214.1.2");
            assert.equal(await find("other.data.svc"), undefined);
        } finally {
            server.close();
        }
    });

    describe("where services can't be reached from this machine", () => {
        let scratch: string;
        let forwards: ServiceForwards;

        before(function () {
            if (ServiceForwards.unavailable() !== undefined) this.skip();
        });

        beforeEach(() => {
            scratch = mkdtempSync(join(tmpdir(), "cluster-names-"));
            const kubectl = join(scratch, "kubectl");
            writeFileSync(kubectl, fakeKubectl);
            chmodSync(kubectl, 0o755);
            forwards = new ServiceForwards(new Kubectl(kubectl, process.env));
            install(forwards.find);
        });

        afterEach(() => {
            forwards.close();
            rmSync(scratch, { recursive: true, force: true });
        });

        it("each leads to an address of its own, where all ports of the service are", async () => {
            const one = await connectTo("one.data.svc", 45671);
            assert.match(one, /^127\./);
            assert.equal(await connectTo("one.data.svc.cluster.local", 45672), one);
            assert.notEqual(await connectTo("two.data.svc", 45671), one);
        });

        it("a forward that ended begins anew", async () => {
            const one = await connectTo("one.data.svc", 45671);
            // The fake one ends at this connection.
            await connectTo("one.data.svc", 45672);
            const isAnother = () =>
                connectTo("one.data.svc", 45671).then(
                    (other) => other !== one,
                    () => false, // The old one is gone, and its end isn't known yet.
                );
            await eventually("another forward", isAnother);
        });

        it("those that don't exist are not found; why it failed otherwise is told", async () => {
            await assert.rejects(connectTo("missing.data.svc", 1), { code: "ENOTFOUND" });
            await assert.rejects(connectTo("forbidden.data.svc", 1), /kubectl get service forbidden in data failed: Forbidden/);
            await assert.rejects(connectTo("broken.data.svc", 1), /port-forward to broken.data.svc.cluster.local ended: no pod is ready/);
            await assert.rejects(connectTo("pod-0.one.data.svc", 1), /only services can be reached/);
        });
    });
});

/** Two services with two ports each; a connection to the second port ends the forward. */
const fakeKubectl = `#!${process.execPath}
const args = process.argv.slice(2);
const fail = (text) => { console.error(text); process.exit(1); };
if (args.includes("get")) {
    const name = args[args.indexOf("service") + 1];
    if (name === "missing") fail('Error from server (NotFound): services "missing" not found');
    if (name === "forbidden") fail("Forbidden");
    process.stdout.write("45671 45672");
} else if (args.includes("service/broken")) {
    fail("no pod is ready");
} else {
    const address = args[args.indexOf("--address") + 1];
    for (const port of args.slice(-2).map(Number)) {
        require("node:net").createServer((socket) => { socket.end(); if (port === 45672) setTimeout(() => process.exit(1), 50); })
            .listen(port, address, () => console.log("Forwarding from " + address + ":" + port + " -> " + port));
    }
}
`;

function listen(): Promise<Server> {
    return new Promise((resolve) => {
        const server = createServer((socket) => socket.end()).listen(0, () => resolve(server));
    });
}

/** Answers questions for IPv4 addresses; all other names don't exist. */
function nameServer(names: Readonly<Record<string, readonly number[]>>): Promise<Socket> {
    const socket = createSocket("udp4");
    socket.on("message", (question, { address, port }) => {
        const labels: string[] = [];
        let at = 12;
        for (let length = question[at]; length; length = question[at]) {
            labels.push(question.subarray(at + 1, at + 1 + length).toString());
            at += 1 + length;
        }
        const found = names[labels.join(".").toLowerCase()];
        const header = Buffer.from([question[0] ?? 0, question[1] ?? 0, 0x84, found ? 0 : 3, 0, 1, 0, found ? 1 : 0, 0, 0, 0, 0]);
        const answer = found ? Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, ...found]) : Buffer.alloc(0);
        socket.send(Buffer.concat([header, question.subarray(12, at + 5), answer]), port, address);
    });
    return new Promise((resolve) => socket.bind(0, "127.0.0.1", () => resolve(socket)));
}
