import assert from "node:assert/strict";
import type { ServiceKind } from "../../index";
import { assertNothingLost, assertUnchanged, assertUserReplaced } from "../support/assertions";
import type { Binding } from "../support/clients";
import type { ContractBackend } from "./backend";
import type { ContractService } from "./service";

/** Every character that means something to a URI, a shell, a connection string or an ACL. */
export const awkwardPassword = ":/?#[]@!$&'()*+,;=%\"\\ <>^{}|~`-_.";

/** Latin, Chinese, an emoji of two UTF-16 units, and a letter that Unicode can write in two ways. */
export const foreignPassword = "äßñ€漢字🔑e\u0301";

/** The keys of every binding, in their order. */
const keys: Readonly<Record<ServiceKind, readonly string[]>> = {
    database: ["type", "provider", "host", "port", "username", "password", "database", "uri", "jdbc-uri", "tls", "certificates"],
    queue: ["type", "provider", "host", "port", "username", "password", "vhost", "uri", "tls", "certificates", "management-uri"],
    cache: ["type", "provider", "host", "port", "username", "password", "uri", "tls", "certificates"],
};

const types: Readonly<Record<ServiceKind, string>> = { database: "postgresql", queue: "rabbitmq", cache: "redis" };

/** Reads and writes one datum, so that steps that all kinds share can tell whether data and access are still there. */
export interface Probe {
    readonly write: (binding: Binding, text: string) => Promise<void>;
    readonly read: (binding: Binding) => Promise<string>;
    /** Whether an error says that the user or the password is wrong. */
    readonly refusesLogin: (error: Error) => boolean;
    /** Where the kind's usual client takes no foreign letters in a URI: logs in without one. */
    readonly logInByFields?: (binding: Binding) => Promise<void>;
}

/** What bindings look like; the same on every backend. */
export function describeBindings(name: string, kind: ServiceKind, backend: ContractBackend, service: ContractService): void {
    it("gives every binding exactly the documented keys", async () => {
        const { bindings } = await service.outputs();
        const expected = [...keys[kind], ...backend.moreKeys[kind]];
        for (const binding of Object.values(bindings)) {
            assert.deepEqual(Object.keys(binding).sort(), [...expected].sort());
            assert.equal(binding.type, types[kind]);
            assert.equal(binding.provider, name);
            assert.equal(binding.tls, true);
            assert.equal(typeof binding.port, "number");
            assert.match(binding.certificates ?? "", /^-----BEGIN CERTIFICATE-----/);
            for (const [key, value] of Object.entries(binding)) {
                assert.notEqual(value, "", key);
            }
        }
    });

    it("gives every binding a user and a password of its own", async () => {
        const all = Object.values((await service.outputs()).bindings);
        assert.equal(new Set(all.map(({ username }) => username)).size, all.length);
        assert.equal(new Set(all.map(({ password }) => password)).size, all.length);
    });

    it("emits environment variables", async () => {
        const { bindings, env, prefixed } = await service.outputs();
        const main = bindings.main as Binding;
        const name = (key: string) => key.toUpperCase().replaceAll("-", "_");
        assert.deepEqual(env, Object.fromEntries(Object.entries(main).map(([key, value]) => [`ORDERS_${name(key)}`, String(value)])));
        assert.deepEqual(prefixed, Object.fromEntries(Object.entries(main).map(([key, value]) => [`APP_${name(key)}`, String(value)])));
    });

    it("emits VCAP_SERVICES", async () => {
        const { bindings, vcap } = await service.outputs();
        const [group, ...others] = Object.entries(JSON.parse(vcap) as Record<string, { name: string; credentials: Binding & { hostname: string } }[]>);
        assert.deepEqual(others, []);
        assert.equal(group?.[0], types[kind]);
        const instances = group?.[1] ?? [];
        assert.deepEqual(instances.map(({ name }) => name).sort(), Object.keys(bindings).sort());
        for (const { name, credentials } of instances) {
            assert.equal(credentials.hostname, bindings[name]?.host);
            assert.equal(credentials.uri, bindings[name]?.uri);
            assert.equal(credentials.password, bindings[name]?.password);
        }
    });
}

/** Passwords and their change. Leaves the bindings `awkward` and `rotated` behind. */
export function describePasswords(service: ContractService, probe: Probe): void {
    it("takes a password of special characters, and its uri works as it is", async () => {
        await probe.write(await service.binding("main"), "before");
        await service.bind("awkward", { password: awkwardPassword });
        const awkward = await service.binding("awkward");
        assert.equal(awkward.password, awkwardPassword);
        assert.equal(await probe.read(awkward), "before");
    });

    it("takes a password of foreign letters", async () => {
        await service.bind("awkward", { password: foreignPassword });
        const foreign = await service.binding("awkward");
        assert.equal(foreign.password, foreignPassword);
        if (probe.logInByFields) {
            await probe.logInByFields(foreign);
            await assert.rejects(probe.logInByFields({ ...foreign, password: "wrong" }), probe.refusesLogin);
        } else {
            assert.equal(await probe.read(foreign), "before");
        }
    });

    it("rotates a password: beside the old user comes a new one, then the old one is refused; data and other users stay", async () => {
        await service.bind("rotated", {});
        let before = await service.outputs();
        // The first rotation is no different from later ones.
        for (const rotation of ["2026-01", "2026-02"]) {
            const old = before.bindings.rotated as Binding;
            await probe.write(old, `kept through the rotation ${rotation}`);
            assertUserReplaced(await service.bind("rotated", { rotation }), "orders-rotated-user");
            const after = await service.outputs();
            const now = after.bindings.rotated as Binding;
            assert.notEqual(now.password, old.password);
            assert.notEqual(now.username, old.username);
            assert.deepEqual(after.bindings.main, before.bindings.main);
            assert.equal(await probe.read(now), `kept through the rotation ${rotation}`);
            await assert.rejects(probe.read(old), probe.refusesLogin);
            await probe.write(now, "kept through the rotation");
            before = after;
        }
    });

    it("changes a password that the user gives", async () => {
        await service.bind("awkward", { password: "one" });
        const old = await service.binding("awkward");
        assertNothingLost(await service.bind("awkward", { password: "another" }));
        assert.equal(await probe.read(await service.binding("awkward")), "kept through the rotation");
        await assert.rejects(probe.read(old), probe.refusesLogin);
    });
}

/** What happens to a service in the course of its life; the last steps of each suite. */
export function describeLife(backend: ContractBackend, service: ContractService, probe: Probe): void {
    it("scales up in place", async () => {
        const before = await service.binding("main");
        await probe.write(before, "kept through the scaling");
        assertNothingLost(await service.up({ args: { size: "micro" } }));
        const after = await service.binding("main");
        assert.deepEqual(after, before);
        assert.equal(await probe.read(after), "kept through the scaling");
    });

    it("has nothing to do in a second up", async () => {
        assertUnchanged(await service.up());
    });

    it("has no drift in a refresh", async () => {
        assertUnchanged(await service.project.refresh());
        assertUnchanged(await service.up());
    });

    it("drops a binding: its user is gone, the data stay", async () => {
        const dropped = await service.binding("rotated");
        await probe.write(dropped, "kept after its user");
        await service.unbind("rotated");
        await assert.rejects(probe.read(dropped), probe.refusesLogin);
        assert.equal(await probe.read(await service.binding("main")), "kept after its user");
    });

    it("destroys and leaves nothing", async () => {
        await service.project.destroy();
        assert.deepEqual((await service.project.exportState()).deployment.resources ?? [], []);
        assert.deepEqual(await backend.leftovers(service.project), []);
    });
}
