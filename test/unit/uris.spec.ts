import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { parse } from "pg-connection-string";
import { amqpUri, jdbcUri, postgresqlUri, redisUri, type UriParts } from "../../components/uris";
import { awkwardPassword, foreignPassword } from "../contract/common";

const parts: UriParts = { host: "localhost", port: 5432, username: "user", password: "hush", tls: true, path: "orders" };

/** Texts of what is dangerous in a URI, of letters, and of characters beyond ASCII. */
function randomText(): string {
    const alphabet = [..."abcXYZ019 :/?#[]@!$&'()*+,;=%\"\\<>^{}|~`-_.", "ä", "漢", "🔑", "\u00a0", "%2F", "%"];
    return Array.from({ length: 1 + randomInt(24) }, () => alphabet[randomInt(alphabet.length)]).join("");
}

describe("uris", () => {
    it("are what each protocol's clients expect", () => {
        assert.equal(postgresqlUri(parts), "postgresql://user:hush@localhost:5432/orders?sslmode=verify-full");
        assert.equal(
            postgresqlUri({ ...parts, certificatesFile: "/a b/ca.crt" }),
            "postgresql://user:hush@localhost:5432/orders?sslmode=verify-full&sslrootcert=%2Fa%20b%2Fca.crt",
        );
        assert.equal(postgresqlUri({ ...parts, tls: false }), "postgresql://user:hush@localhost:5432/orders");
        assert.equal(jdbcUri(parts), "jdbc:postgresql://localhost:5432/orders?user=user&password=hush&sslmode=verify-full");
        assert.equal(amqpUri(parts), "amqps://user:hush@localhost:5432/orders");
        assert.equal(amqpUri({ ...parts, tls: false, path: "/" }), "amqp://user:hush@localhost:5432/%2F");
        assert.equal(redisUri(parts), "rediss://user:hush@localhost:5432/0");
        assert.equal(redisUri({ ...parts, tls: false }), "redis://user:hush@localhost:5432/0");
    });

    it("put an IPv6 host in brackets", () => {
        for (const uri of [postgresqlUri, amqpUri, redisUri, jdbcUri]) {
            assert.ok(uri({ ...parts, host: "::1" }).includes("[::1]:5432/"), uri({ ...parts, host: "::1" }));
        }
    });

    it("use no space and no plus sign, which clients read in two ways", () => {
        for (const uri of [postgresqlUri, amqpUri, redisUri, jdbcUri]) {
            assert.doesNotMatch(uri({ ...parts, password: "a b+c", certificatesFile: "/a b+c" }), /[ +]/);
        }
    });

    it("give back every text that went in", () => {
        for (let round = 0; round < 2000; round++) {
            const secret = round === 0 ? awkwardPassword + foreignPassword : randomText();
            const username = randomText();
            const path = `v${randomText()}`;
            const given: UriParts = { ...parts, username, password: secret, path, certificatesFile: `/${path}` };

            const postgresql = parse(postgresqlUri({ ...given, certificatesFile: undefined, path: "ORDERS_1-a" }));
            assert.deepEqual([postgresql.user, postgresql.password, postgresql.database], [username, secret, "ORDERS_1-a"]);
            assert.equal(new URL(postgresqlUri(given)).searchParams.get("sslrootcert"), `/${path}`);
            assert.equal(decodeURIComponent(new URL(postgresqlUri(given)).pathname.slice(1)), path);

            for (const uri of [amqpUri(given), redisUri(given)]) {
                const url = new URL(uri);
                assert.deepEqual([url.username, url.password].map(decodeURIComponent), [username, secret]);
                assert.equal(url.hostname, "localhost");
            }
            assert.equal(decodeURIComponent(new URL(amqpUri(given)).pathname.slice(1)), path);

            const jdbc = new URL(jdbcUri(given).replace("jdbc:", ""));
            assert.deepEqual([jdbc.searchParams.get("user"), jdbc.searchParams.get("password")], [username, secret]);
            assert.equal(decodeURIComponent(jdbc.pathname.slice(1)), path);
        }
    });
});
