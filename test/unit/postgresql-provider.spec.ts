import assert from "node:assert/strict";
import { readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { ManagedDatabase, ManagedQueue } from "../../index";
import { postgresqlProvider } from "../../providers/postgresql";
import { problemsOf } from "../support/problems";
import { record } from "../support/recorder";
import { newDirectory } from "../support/sandbox";

describe("postgresqlProvider in a program", () => {
    const before = process.env.PULUMI_DATA_SERVICES_CACHE;
    after(() => {
        delete process.env.PULUMI_DATA_SERVICES_CACHE;
        Object.assign(process.env, before === undefined ? {} : { PULUMI_DATA_SERVICES_CACHE: before });
    });

    it("logs in as the owner's user, checks the certificate by a file of its own, and claims to be no superuser", async () => {
        process.env.PULUMI_DATA_SERVICES_CACHE = newDirectory("cache");
        const { registrations } = await record(() => postgresqlProvider(new ManagedDatabase("orders").bind("owner", { access: "owner" })));
        const provider = registrations.find(({ type }) => type === "pulumi:providers:postgresql");
        assert.equal(provider?.name, "orders-owner-postgresql");
        // `connectTimeout` is the package's own default.
        const { sslrootcert, connectTimeout: _, ...inputs } = provider?.inputs ?? {};
        assert.deepEqual(inputs, {
            database: "orders",
            host: "localhost",
            // Settings of a provider travel as text.
            port: "5432",
            username: "orders_owner",
            password: "[secret]",
            sslmode: "verify-full",
            superuser: "false",
        });
        assert.match(readFileSync(String(sslrootcert), "utf8"), /^-----BEGIN CERTIFICATE-----/);
        assert.equal(statSync(dirname(String(sslrootcert))).mode & 0o777, 0o700);
    });

    it("refuses bindings that may not make schemas, and those of other kinds", async () => {
        const { result } = await record(() => [
            problemsOf(() => postgresqlProvider(new ManagedDatabase("orders").binding)).problems,
            problemsOf(() => postgresqlProvider(new ManagedQueue("events").binding)).problems,
        ]);
        assert.deepEqual(result, [
            [
                'binding: must have access "owner", got "readwrite": no other user may make schemas and extensions. Make one: bind("owner", { access: "owner" }).',
            ],
            ["binding: must be of a database, got one of a queue."],
        ]);
    });
});
