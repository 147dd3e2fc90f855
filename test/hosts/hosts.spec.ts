import assert from "node:assert/strict";
import { connect } from "node:net";
import { overlap, RANGES } from "../../tools/cluster/network";
import { ensureHost, releaseOf, releases, type TestHost } from "../../tools/hosts";
import { hostForTests, reasonToSkipHosts } from "../../tools/hosts/for-tests";
import { HOSTS_RANGE, linkOf, MOST_HOSTS } from "../../tools/hosts/network";
import { skipSuite } from "../support/kubernetes";
import { eventually } from "../support/processes";

/** Numbers that no other file of tests uses. */
const slots = [201, 202];

describe("test hosts: their parts", () => {
    it("have addresses apart from the test cluster's", () => {
        for (const range of RANGES) assert.ok(!overlap(range, HOSTS_RANGE), range);
        for (const slot of [1, MOST_HOSTS]) {
            const { gateway, address } = linkOf(slot);
            assert.ok(overlap(HOSTS_RANGE, gateway) && overlap(HOSTS_RANGE, address));
            assert.ok(overlap(`${gateway}/30`, address), "both ends of a link are in one range");
        }
    });

    it("have interface names that Linux takes", () => {
        assert.ok(linkOf(MOST_HOSTS).interface.length <= 15);
    });

    it("are of every release in turn", () => {
        assert.deepEqual(
            releases.map((_, index) => releaseOf(index + 1)),
            releases,
        );
        assert.equal(releaseOf(releases.length + 1), releases[0]);
    });

    it("are skipped when they are switched off", () => {
        assert.equal(reasonToSkipHosts({ ...process.env, TEST_HOSTS: "0" }), "TEST_HOSTS=0 is in the environment");
    });

    it("are numbered", async () => {
        for (const slot of [0, 1.5, MOST_HOSTS + 1]) await assert.rejects(ensureHost({ slot, release: "trixie" }), /numbered from 1 to 250/);
    });
});

for (const [index, release] of releases.entries()) {
    describe(`test hosts: a real one, Debian ${release}`, function () {
        this.timeout(10 * 60_000);
        const slot = slots[index] as number;
        let host: TestHost;

        before(async function () {
            const answer = await hostForTests({ slot, release, fresh: true });
            if ("reason" in answer) skipSuite(this, answer.reason);
            host = (answer as { host: TestHost }).host;
        });

        after(async () => {
            await host?.process.stop(true);
        });

        it("is that release, with systemd in order and an identity of its own", async () => {
            assert.match(await host.process.must("cat /etc/os-release"), new RegExp(`^VERSION_CODENAME=${release}$`, "m"));
            assert.equal((await host.process.must("systemctl is-system-running")).trim(), "running");
            assert.match(await host.process.must("cat /etc/machine-id"), /^[0-9a-f]{32}$/m);
            assert.equal((await host.process.must("hostname")).trim(), host.name);
        });

        it("answers by SSH", async () => {
            assert.match(await banner(host.address, host.port), /^SSH-2\.0-OpenSSH/);
            assert.match(host.hostKey, /^ssh-ed25519 [A-Za-z0-9+/]+=*$/);
        });

        it("has a user with sudo and without a password", async () => {
            assert.equal((await host.process.must("su admin -c 'sudo -n id -u'")).trim(), "0");
            assert.match(await host.process.must("passwd --status admin"), /^admin L /);
        });

        it("is found at once by the second who asks", async () => {
            const begun = Date.now();
            const again = await ensureHost({ slot, release });
            assert.ok("host" in again && again.host.hostKey === host.hostKey);
            assert.ok(Date.now() - begun < 10_000, `${Date.now() - begun} ms`);
        });

        it("installs packages, and reaches Debian for others", async () => {
            await host.process.must("apt-get update -q");
            await host.process.must("DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends nftables tree");
            assert.match(await host.process.must("tree --version"), /^tree v/);
        });

        it("comes back from a reboot with its data", async () => {
            await host.process.must("echo kept > /root/kept");
            const before = host.process.init;
            await host.process.run("systemctl reboot");
            await eventually("a new first process", () => host.process.init !== undefined && host.process.init !== before, 60);
            await eventually("sshd after the reboot", async () => (await host.process.run("systemctl is-active ssh")).ok, 60);
            assert.equal((await host.process.must("cat /root/kept")).trim(), "kept");
            assert.match(await banner(host.address, host.port), /^SSH-2\.0/);
        });

        it("can be cut off the network and mended", async () => {
            await host.process.cut();
            await assert.rejects(banner(host.address, host.port, 1000));
            await host.process.mend();
            assert.match(await banner(host.address, host.port), /^SSH-2\.0/);
        });

        it("leaves nothing behind", async () => {
            await host.process.stop(true);
            assert.equal(host.process.isRunning, false);
            await assert.rejects(banner(host.address, host.port, 1000));
        });
    });
}

/** What a server says first. */
function banner(host: string, port: number, timeout = 10_000): Promise<string> {
    return new Promise((resolve, reject) => {
        const socket = connect({ host, port, timeout });
        socket.once("data", (data) => {
            resolve(data.toString());
            socket.destroy();
        });
        socket.once("error", reject);
        socket.once("timeout", () => socket.destroy(new Error(`no answer from ${host}:${port}`)));
    });
}
