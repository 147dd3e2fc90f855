import assert from "node:assert/strict";
import { isReady, type Pod, troubleOf } from "../../providers/kubernetes/server/pods";

function pod(status: Pod["status"], more: Partial<Pod["metadata"]> = {}): Pod {
    return { metadata: { name: "orders-1", ...more }, spec: { containers: [] }, ...(status === undefined ? {} : { status }) };
}

function waiting(reason: string, message?: string): Pod {
    return pod({ containerStatuses: [{ name: "server", restartCount: 0, state: { waiting: { reason, ...(message === undefined ? {} : { message }) } } }] });
}

function crashing(restartCount: number, message?: string): Pod {
    const terminated = { exitCode: 1, reason: "Error", ...(message === undefined ? {} : { message }) };
    return pod({ containerStatuses: [{ name: "server", restartCount, state: { waiting: { reason: "CrashLoopBackOff" } }, lastState: { terminated } }] });
}

describe("a pod", () => {
    it("is ready when it says so and isn't being deleted", () => {
        const ready = { conditions: [{ type: "Ready", status: "True" }] };
        assert.equal(isReady(pod(ready)), true);
        assert.equal(isReady(pod(ready, { deletionTimestamp: "2026-01-01T00:00:00Z" })), false);
        assert.equal(isReady(pod({ conditions: [{ type: "Ready", status: "False" }] })), false);
        assert.equal(isReady(pod(undefined)), false);
    });

    it("is no trouble while it starts", () => {
        assert.equal(troubleOf([]), undefined);
        assert.equal(troubleOf([pod(undefined), waiting("ContainerCreating"), waiting("PodInitializing")]), undefined);
    });

    it("that no node takes is waited for: a node may come", () => {
        const found = troubleOf([
            pod({ conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/3 nodes: Insufficient cpu." }] }),
        ]);
        assert.deepEqual(found, { reason: "no node takes the pod orders-1: 0/3 nodes: Insufficient cpu." });
    });

    it("whose image can't be had is hopeless once the kubelet gives up for a while", () => {
        assert.deepEqual(troubleOf([waiting("ErrImagePull", "not found")]), {
            reason: "the container server of the pod orders-1 can't get its image: not found",
            hopeless: false,
        });
        assert.equal(troubleOf([waiting("ImagePullBackOff", 'Back-off pulling image "x"')])?.hopeless, true);
        assert.equal(troubleOf([waiting("InvalidImageName")])?.hopeless, true);
    });

    it("that lacks a Secret or ConfigMap says which", () => {
        assert.match(troubleOf([waiting("CreateContainerConfigError", 'secret "x" not found')])?.reason ?? "", /can't be made: secret "x" not found/);
    });

    it("that ends again and again says how, where its log is, and what it said last", () => {
        assert.deepEqual(troubleOf([crashing(2)]), {
            reason: "the container server of the pod orders-1 ended 2 times with code 1 (Error): kubectl logs orders-1 -c server --previous",
            hopeless: false,
        });
        assert.equal(troubleOf([crashing(5)])?.hopeless, true);
        assert.match(troubleOf([crashing(1, "loading\ndisk full\n")])?.reason ?? "", /--previous\. It said last: disk full$/);
    });

    it("counts with its init containers, and the worst of several is told", () => {
        const init: Pod = pod({ initContainerStatuses: [{ name: "init", restartCount: 0, state: { waiting: { reason: "ErrImageNeverPull" } } }] });
        assert.match(troubleOf([waiting("ErrImagePull"), init])?.reason ?? "", /the container init/);
    });
});
