import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Client } from "pg";
import type { BindingValues } from "../../index";
import { checkout } from "../support/engine";
import { discard, newDirectory } from "../support/sandbox";

describe("the commands of the quickstart", function () {
    this.timeout(300_000);
    let state: string;
    let directory: string;
    let uri: string;

    before(() => {
        state = newDirectory("quickstart");
    });

    after(() => {
        npm("down");
        discard(state);
    });

    it("up starts PostgreSQL, prints the bindings without passwords, and proves them", () => {
        const { status, stdout, stderr } = npm("up");
        assert.equal(status, 0, stdout + stderr);
        assert.match(stdout, /Proved over TLS: "orders" wrote a row, "orders_reports" read it and could not write\./);
        const { orders, reports } = bindings();
        uri = orders.uri;
        directory = /sslrootcert=(.*)%2Ftls%2Fca\.crt/.exec(uri)?.[1] as string;
        for (const { password } of [orders, reports]) {
            assert(!stdout.includes(password) && !stderr.includes(password), "a password is on the screen");
        }
    });

    it("bindings prints JSON that a client can use, and nothing else", async () => {
        const client = new Client({ connectionString: bindings().reports.uri });
        await client.connect();
        await client.end();
    });

    it("up again changes nothing", () => {
        const { status, stdout } = npm("up");
        assert.equal(status, 0);
        assert.match(stdout, /6 unchanged/);
        assert.equal(bindings().orders.uri, uri);
    });

    it("down leaves no server, no file and no state", async () => {
        const { status, stdout, stderr } = npm("down");
        assert.equal(status, 0, stdout + stderr);
        assert(!existsSync(decodeURIComponent(directory)), "the server's directory is still there");
        assert.deepEqual(readdirSync(state), []);
        await assert.rejects(new Client({ connectionString: uri.replace(/\?.*/, "") }).connect(), /ECONNREFUSED/);
    });

    it("bindings says that there are none", () => {
        const { status, stdout, stderr } = npm("bindings");
        assert.equal(status, 1);
        assert.equal(stdout, "");
        assert.match(stderr, /the quickstart isn't up\. Run: npm run up/);
    });

    function bindings(): { orders: BindingValues; reports: BindingValues } {
        return JSON.parse(npm("bindings").stdout);
    }

    /** The command behind the npm script, with a state of this test's own. */
    function npm(script: string) {
        return spawnSync(process.execPath, [join(checkout, "tools", "run.mjs"), script], {
            cwd: checkout,
            env: { ...process.env, XDG_STATE_HOME: state },
            encoding: "utf8",
        });
    }
});
