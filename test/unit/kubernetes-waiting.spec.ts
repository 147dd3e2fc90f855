import assert from "node:assert/strict";
import { ApiError, ConnectionError } from "../../providers/kubernetes/server/api";
import { isPassing, waitFor } from "../../providers/kubernetes/server/waiting";

const subject = 'the cache "sessions"';

describe("waiting for a server", function () {
    this.timeout(30_000);

    it("ends when nothing is pending", async () => {
        const answers = [{ reason: "it starts" }, undefined];
        let looks = 0;
        await waitFor({ subject }, async () => answers[looks++]);
        assert.equal(looks, 2);
    });

    it("goes on while the network or the API server is away", async () => {
        let looks = 0;
        await waitFor({ subject }, async () => {
            looks += 1;
            if (looks === 1) {
                throw new ConnectionError("context", "the API server can't be reached", {
                    cause: Object.assign(new Error("refused"), { code: "ECONNREFUSED" }),
                });
            }
            return undefined;
        });
        assert.equal(looks, 2);
    });

    it("ends with an answer that no waiting changes", async () => {
        await assert.rejects(
            waitFor({ subject }, async () => {
                throw new ApiError(403, "forbidden");
            }),
            /forbidden/,
        );
    });

    it("ends with what was pending last when the time is over, and says that a repetition goes on", async () => {
        await assert.rejects(
            waitFor({ subject, minutes: 1 / 60 }, async () => ({ reason: "its volume grows" })),
            /^Error: the cache "sessions" isn't ready after .* minutes: its volume grows\. Once that is mended, run "pulumi up" again/,
        );
    });
});

describe("an error", () => {
    it("is passing when it is the network's or that of a server that starts", () => {
        for (const code of ["ECONNREFUSED", "ECONNRESET", "EPIPE", "ETIMEDOUT", "57P03"]) {
            assert.equal(isPassing(Object.assign(new Error("x"), { code })), true, code);
        }
        for (const message of ["socket hang up", "Connection terminated unexpectedly", "Connection is closed.", "no answer within 15 s"]) {
            assert.equal(isPassing(new Error(message)), true, message);
        }
    });

    it("is passing when the API server can't be reached, not when the kubeconfig can't be used", () => {
        assert.equal(isPassing(new ConnectionError("context", "can't be reached", { cause: new Error("refused") })), true);
        assert.equal(isPassing(new ConnectionError("context", 'has no context "x"')), false);
        assert.equal(isPassing(new ConnectionError("kubeconfig", "can't be read: no such file")), false);
    });

    it("is none that passes when it is an answer", () => {
        for (const error of [
            new ApiError(403, "forbidden"),
            new Error("WRONGPASS"),
            new Error("role exists"),
            Object.assign(new Error("x"), { code: "28P01" }),
        ]) {
            assert.equal(isPassing(error), false, error.message);
        }
    });

    it("of a server that says that it loads its data, or of an API server that says that it starts, is passing", () => {
        assert.equal(isPassing(new Error("LOADING Valkey is loading the dataset in memory")), true);
        for (const status of [429, 500, 503, 504]) {
            assert.equal(isPassing(new ApiError(status, "etcdserver: leader changed")), true, String(status));
        }
        assert.equal(isPassing(new ApiError(409, "conflict")), false);
    });
});
