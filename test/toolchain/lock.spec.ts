import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withLock } from "../../tools/toolchain/lock";

const times = { poll: 5, beat: 50, silence: 2_000 };

describe("toolchain: the lock", () => {
    let root: string;
    let lock: string;
    beforeEach(() => {
        root = mkdtempSync(join(tmpdir(), "toolchain-lock-"));
        lock = join(root, "locks", "part");
    });
    afterEach(() => rmSync(root, { recursive: true, force: true }));

    const hold = (owner: object | undefined, age = 0) => {
        mkdirSync(lock, { recursive: true });
        if (owner) writeFileSync(join(lock, "owner.json"), JSON.stringify(owner));
        const then = new Date(Date.now() - age);
        utimesSync(lock, then, then);
    };
    const deadPid = () => spawnSync("true").pid;
    const taken = () => withLock(lock, async () => "done", undefined, times);

    it("lets one in at a time, and all in the end", async () => {
        let inside = 0;
        let most = 0;
        const work = async () => {
            most = Math.max(most, ++inside);
            await sleep(5);
            inside--;
        };
        await Promise.all(Array.from({ length: 10 }, () => withLock(lock, work, undefined, times)));
        assert.equal(most, 1);
        assert.equal(existsSync(lock), false);
    });

    it("is released when the work fails", async () => {
        await assert.rejects(
            withLock(lock, () => Promise.reject(new Error("no"))),
            /no/,
        );
        assert.equal(existsSync(lock), false);
    });

    it("is taken over from a process that is gone", async () => {
        hold({ pid: deadPid(), host: hostname(), token: "x" });
        assert.equal(await taken(), "done");
        assert.deepEqual(readdirSync(join(root, "locks")), []);
    });

    it("is taken over by one of several waiters only", async () => {
        hold({ pid: deadPid(), host: hostname(), token: "x" });
        let inside = 0;
        const work = async () => {
            assert.equal(++inside, 1);
            await sleep(5);
            inside--;
        };
        await Promise.all(Array.from({ length: 10 }, () => withLock(lock, work, undefined, times)));
    });

    it("is taken over from an owner that was silent too long, though its process id lives", async () => {
        hold({ pid: process.pid, host: hostname(), token: "x" }, 10_000);
        assert.equal(await taken(), "done");
    });

    it("is taken over from a process that died before it wrote its name", async () => {
        hold(undefined, 500);
        assert.equal(await taken(), "done");
    });

    it("is waited for while its owner lives, here or on another machine", async () => {
        for (const host of [hostname(), "elsewhere"]) {
            hold({ pid: host === "elsewhere" ? deadPid() : process.pid, host, token: "x" });
            const waits: (number | undefined)[] = [];
            const waiter = withLock(
                lock,
                async () => "done",
                (pid) => void waits.push(pid),
                times,
            );
            assert.equal(await Promise.race([waiter, sleep(60, "waiting")]), "waiting");
            rmSync(lock, { recursive: true });
            assert.equal(await waiter, "done");
            assert.equal(waits.length, 1);
        }
    });

    it("stays fresh while the work goes on", async () => {
        // The silence is long beside the beat: on a busy machine this process may stand still for a while.
        const short = { poll: 5, beat: 20, silence: 1_000 };
        let inside = 0;
        const work = async () => {
            assert.equal(++inside, 1);
            await sleep(2_500);
            inside--;
        };
        await Promise.all([1, 2].map(() => withLock(lock, work, undefined, short)));
    });
});
