import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { VmServerProvider } from "../../providers/vm/server";
import type { VmServerInputs } from "../../providers/vm/server/server-provider";
import type { TestHost } from "../../tools/hosts";
import { hostOrSkip, leftoversOn, serverInputs } from "../support/hosts";

const provider = new VmServerProvider();

/** What a preview is told. */
async function failures(inputs: VmServerInputs): Promise<string[]> {
    const { failures: all = [] } = await provider.check({}, inputs);
    return all.map(({ property, reason }) => `${property}: ${reason}`);
}

async function assertRefused(inputs: VmServerInputs, property: string, reason: RegExp): Promise<void> {
    const all = await failures(inputs);
    assert.equal(all.length, 1, all.join("\n"));
    assert.match(all[0] ?? "", reason);
    assert.ok(all[0]?.startsWith(`${property}: the ${inputs.kind} "orders": `), all[0]);
}

describe("a host that can't take a service is refused before anything is made", function () {
    this.timeout(5 * 60_000);
    let host: TestHost;
    let database: VmServerInputs;
    const scratch = mkdtempSync(join(tmpdir(), "vm-refusals-"));

    before(async function () {
        this.timeout(15 * 60_000); // makes the tree the first time
        host = await hostOrSkip(this, { slot: 21, release: "bookworm", fresh: true });
        database = serverInputs(host, "database");
    });

    after(async () => {
        rmSync(scratch, { recursive: true, force: true });
        await host?.process.stop(true);
    });

    const login = (change: Partial<VmServerInputs["access"]["login"]>): VmServerInputs => {
        const { privateKeyFile: _file, ...rest } = database.access.login;
        const kept = "privateKey" in change ? rest : database.access.login;
        return { ...database, access: { ...database.access, login: { ...kept, ...change } } };
    };

    it("is fit as it is", async () => {
        for (const kind of ["database", "queue", "cache"] as const) assert.deepEqual(await failures(serverInputs(host, kind)), []);
    });

    it("has another host key than the pinned one", async () => {
        const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl";
        await assertRefused(login({ hostKey: other }), "hostKey", /isn't the pinned one: expected SHA256:\S+, but .*Nobody logged in/);
    });

    it("doesn't know the key", async () => {
        const key = join(scratch, "key");
        const { utils } = require("ssh2") as typeof import("ssh2");
        writeFileSync(key, utils.generateKeyPairSync("ed25519").private, { mode: 0o600 });
        await assertRefused(login({ privateKeyFile: key }), "user", /doesn't let "admin" in with the key SHA256:/);
        await assertRefused(login({ privateKeyFile: join(scratch, "none") }), "privateKey", /can't be read on this machine \(ENOENT\)/);
        const text = login({ privateKey: "no key at all" });
        await assertRefused(text, "privateKey", /can't be read: it is no private key/);
        assert.ok(!(await failures(text)).join().includes("no key at all"));
    });

    it("isn't there", async () => {
        await assertRefused(login({ port: 2 }), "address", /refuses connections: nothing listens there/);
    });

    it("gives the user no sudo", async () => {
        await host.process.must("mv /etc/sudoers.d/admin /root/admin.sudo");
        try {
            await assertRefused(database, "sudo", /the user "admin" can't become root by sudo without a password\. Allow it/);
            await assertRefused({ ...database, access: { ...database.access, sudo: false } }, "sudo", /runs as admin, and needs root/);
        } finally {
            await host.process.must("mv /root/admin.sudo /etc/sudoers.d/admin");
        }
    });

    it("has no python3", async () => {
        await host.process.must("mv /usr/bin/python3 /usr/bin/python3.away");
        try {
            await assertRefused(database, "host", /has no python3.*apt install python3/);
        } finally {
            await host.process.must("mv /usr/bin/python3.away /usr/bin/python3");
        }
    });

    it("runs another system", async () => {
        await host.process.must(
            "cp -L /etc/os-release /root/os; rm /etc/os-release; printf 'ID=fedora\\nVERSION_ID=41\\nPRETTY_NAME=\"Fedora 41\"\\n' > /etc/os-release",
        );
        try {
            await assertRefused({ ...database, version: "15" }, "host", /runs Fedora 41\. Supported: Debian 12 and 13, Ubuntu 22\.04 and 24\.04/);
        } finally {
            await host.process.must("cp /root/os /etc/os-release");
        }
    });

    it("lacks the memory, the room and the version, all told at once", async () => {
        const all = await failures({ ...database, memoryGb: 5000, storageGb: 1_000_000, version: "18" });
        assert.deepEqual(all.map((one) => one.split(":")[0]).sort(), ["memoryGb", "storageGb", "version"]);
        assert.match(all.join("\n"), /has no PostgreSQL 18 among its packages\. Set version: "15"/);
        assert.match(all.join("\n"), /1e\+06 GiB of storage are asked for, and \/var\/lib of the host has \d+\.\d free/);
    });

    it("has the port taken", async () => {
        await assertRefused({ ...database, port: 22 }, "port", /port 22 of the host is taken by another program/);
    });

    it("holds data that aren't this service's", async () => {
        const foreign = {
            database: "/var/lib/postgresql/15/orders_database",
            cache: "/var/lib/redis/orders_cache",
            queue: "/var/lib/rabbitmq/mnesia/rabbit@elsewhere",
        };
        for (const [kind, path] of Object.entries(foreign)) {
            await host.process.must(`mkdir -p '${path}' && touch '${path}/precious'`);
            await assertRefused(serverInputs(host, kind as keyof typeof foreign), "host", /isn't this service's/);
            // Also where nobody previewed.
            await assert.rejects(provider.create(serverInputs(host, kind as keyof typeof foreign)), /isn't this service's/);
            await host.process.must(`test -e '${path}/precious' && rm -r '${path}'`);
        }
    });

    it("has nothing of a service after all that", async () => {
        assert.deepEqual(await leftoversOn(host), []);
        const installed = await host.process.must("dpkg --list 'postgresql*' 'redis*' 'rabbitmq*' 2>/dev/null | grep ^ii || true");
        assert.equal(installed, "");
    });
});
