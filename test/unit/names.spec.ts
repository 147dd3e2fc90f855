import assert from "node:assert/strict";
import { identifier } from "../../components/names";
import { resolveSize, Size, sizes } from "../../components/size";
import { groupRoles } from "../../providers/protocols/postgresql";

describe("identifiers", () => {
    it("keep what a server takes as it is", () => {
        assert.equal(identifier("orders"), "orders");
        assert.equal(identifier("orders-reports"), "orders_reports");
        assert.equal(identifier("orders_reports"), "orders_reports");
        assert.equal(identifier("orders-reports", "-"), "orders-reports");
    });

    it("mark with a hash what had to be changed or shortened", () => {
        assert.match(identifier("Orders"), /^orders_[0-9a-f]{8}$/);
        assert.match(identifier("a.b"), /^a_b_[0-9a-f]{8}$/);
        assert.match(identifier("x".repeat(80)), /^x{54}_[0-9a-f]{8}$/);
    });

    it("never exceed the length that is asked for, and hold nothing odd", () => {
        for (const name of ["a".repeat(200), `A${"-".repeat(100)}`, "Ünïcode", "a.b.c", "A"]) {
            for (const length of [20, 40, 63]) {
                assert.ok(identifier(name, "_", length).length <= length);
                assert.match(identifier(name, "_", length), /^[a-z0-9_]+$/);
            }
        }
    });

    it("are the same in every run", () => {
        // Users and databases of living services have these names: a change would make new ones.
        assert.equal(identifier("Orders.Main"), "orders_main_a28712e6");
    });

    it("never make one of two names that differ in more than - and _", () => {
        const names = [
            "orders",
            "Orders",
            "ORDERS",
            "or.ders",
            "or-ders",
            "or..ders",
            "or-.ders",
            "orders.",
            "x".repeat(63),
            `${"x".repeat(62)}X`,
            "x".repeat(64),
            "x".repeat(65),
        ];
        assert.equal(new Set(names.map((name) => identifier(name))).size, names.length);
    });
});

describe("group roles", () => {
    it("have names that no user can have, within PostgreSQL's 63 bytes", () => {
        for (const database of ["orders", "Orders", "x".repeat(63)]) {
            const roles = Object.values(groupRoles(database));
            assert.equal(new Set(roles).size, 3);
            for (const role of roles) {
                assert.ok(role.length <= 63 && role.includes(":"), role);
            }
        }
        assert.notDeepEqual(groupRoles("x".repeat(63)), groupRoles(`${"x".repeat(62)}y`));
    });
});

describe("sizes", () => {
    it("grow from each to the next", () => {
        const all = Object.values(Size).map((name) => sizes[name]);
        for (const [index, size] of all.slice(1).entries()) {
            const smaller = all[index] as typeof size;
            assert.ok(size.cpu > smaller.cpu && size.memoryGb > smaller.memoryGb && size.storageGb > smaller.storageGb);
        }
    });

    it("can be overridden figure by figure", () => {
        assert.deepEqual(resolveSize("small", {}), { name: "small", cpu: 1, memoryGb: 2, storageGb: 20 });
        assert.deepEqual(resolveSize("small", { storageGb: 300 }), { name: "small", cpu: 1, memoryGb: 2, storageGb: 300 });
        assert.deepEqual(resolveSize("nano", { cpu: 3, memoryGb: 5 }), { name: "nano", cpu: 3, memoryGb: 5, storageGb: 1 });
    });
});
