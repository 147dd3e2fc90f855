import assert from "node:assert/strict";
import type { ServiceRequest, ServiceSpec } from "../../components/backend";
import type { KubernetesConfig } from "../../providers/kubernetes/config";
import { placedCluster, placementProblems } from "../../providers/kubernetes/placement";

const several: KubernetesConfig = {
    context: "main",
    namespace: "data",
    storageClass: "fast",
    clusters: { east: { context: "east" }, west: { kubeconfig: "~/west.yaml", namespace: "other" } },
    placement: { orders: "east", events: "west", lost: "esat" },
};

describe("the place of a service", () => {
    it("is the cluster beside `clusters`, the current context and the namespace default, unless said otherwise", () => {
        assert.deepEqual(placedCluster({}, "orders").connection, {});
        assert.equal(placedCluster({}, "orders").namespace, "default");
        assert.deepEqual(placedCluster(several, "sessions").connection, { context: "main" });
    });

    it("has the settings beside `clusters`, where its cluster has none of its own", () => {
        const orders = placedCluster(several, "orders");
        assert.deepEqual(orders.connection, { context: "east" });
        assert.equal(orders.namespace, "data");
        assert.equal(orders.settings.storageClass, "fast");
        const events = placedCluster(several, "events");
        assert.deepEqual(events.connection, { context: "main", kubeconfig: "~/west.yaml" });
        assert.equal(events.namespace, "other");
    });

    it("must be a cluster that is there", () => {
        const [problem, ...others] = placementProblems(request("lost", {}));
        assert.deepEqual(others, []);
        assert.equal(problem?.property, "environment.database.kubernetes.placement.lost");
        assert.equal(problem?.reason, 'there is no cluster "esat"; did you mean "east"? Clusters: east, west.');
        const [none] = placementProblems({ ...request("lost", {}), config: { placement: { lost: "east" } } });
        assert.equal(none?.reason, 'there is no cluster "east". Add it to environment.database.kubernetes.clusters.');
    });
});

describe("tags of a service in a cluster", () => {
    it("may be whatever a label may be", () => {
        const tags = { owner: "shop", "cost-center": "a.b_c-1", "example.com/team": "A", empty: "" };
        assert.deepEqual(placementProblems(request("orders", tags)), []);
    });

    it("are refused, all at once, where a label would be", () => {
        const tags = { "a b": "x", owner: "a/b", "-x": "y", "a/b/c": "z", long: "x".repeat(64), "UP/x": "y" };
        assert.deepEqual(
            placementProblems(request("orders", tags)).map(({ property }) => property),
            ["tags.a b", "tags.owner", "tags.-x", "tags.a/b/c", "tags.long", "tags.UP/x"],
        );
    });
});

function request(service: string, tags: Readonly<Record<string, string>>): ServiceRequest<KubernetesConfig, ServiceSpec> {
    return { service, config: several, configPath: "environment.database.kubernetes", spec: { tags } as ServiceSpec };
}
