import { reasonToSkip } from "../../../tools/cluster/for-tests";
import type { Project } from "../../support/engine";
import { leftoversOf, newNamespace, removeNamespace, type TestCluster, testCluster } from "../../support/kubernetes";
import type { ContractBackend } from "../backend";

let cluster: TestCluster;

const namespaces = new Map<Project, string>();

/** Operators of a real cluster; each project in a namespace of its own. */
export const backend: ContractBackend = {
    kinds: ["database", "queue", "cache"],

    unavailable: () => reasonToSkip(),

    async prepare() {
        const answer = await testCluster();
        if ("reason" in answer) {
            return answer.reason;
        }
        cluster = answer;
        return undefined;
    },

    async environment(project) {
        const namespace = await newNamespace(cluster, project.name);
        namespaces.set(project, namespace);
        const kubernetes = { kubernetes: { ...cluster.settings, namespace } };
        return { database: kubernetes, queue: kubernetes, cache: kubernetes, defaults: { durability: "ephemeral", size: "nano" } };
    },

    moreKeys: { database: [], queue: [], cache: [] },

    leftovers: (project) => leftoversOf(cluster, namespaces.get(project) ?? ""),

    async close(project) {
        const namespace = namespaces.get(project);
        if (namespace !== undefined) {
            await removeNamespace(cluster, namespace);
        }
    },
};
