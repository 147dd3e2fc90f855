// What is known of the operators' releases: data only, so that an error message can name them without loading any SDK.

/** The operators, by their keys in the arguments of `Operators`. */
export type OperatorKey = "cloudNativePg" | "rabbitmqCluster" | "rabbitmqTopology";

/** One release of an operator: a manifest that never changes. */
export interface OperatorRelease {
    readonly version: string;
    /** Where the project publishes the manifest. */
    readonly url: string;
    /** SHA-256 of the manifest, in lower-case hexadecimal digits. */
    readonly sha256: string;
}

/** An operator, and what of the cluster's API is its own. */
export interface KnownOperator {
    readonly key: OperatorKey;
    readonly title: string;
    /** The API group of its CustomResourceDefinitions. */
    readonly group: string;
    /** The CustomResourceDefinitions by which it is told from another operator of the same group. */
    readonly crds: readonly string[];
    /** A Deployment of the manifest: that it is there tells the operator's manifest from another. */
    readonly deployment: string;
    /** Another operator without whose CustomResourceDefinitions it doesn't start. */
    readonly needs?: OperatorKey;
    /** The default first. The default moves only with a major version of this package, since a new operator restarts every server that it runs. */
    readonly releases: readonly [OperatorRelease, ...OperatorRelease[]];
}

const CLOUDNATIVE_PG: KnownOperator = {
    key: "cloudNativePg",
    title: "CloudNativePG",
    group: "postgresql.cnpg.io",
    crds: ["clusters.postgresql.cnpg.io", "databases.postgresql.cnpg.io", "poolers.postgresql.cnpg.io", "scheduledbackups.postgresql.cnpg.io"],
    deployment: "cnpg-controller-manager",
    releases: [
        cloudNativePg("1.29.2", "856312bb13e64c5b03861092eac9045e45f7b7d601aafe75a9016260a762ac8a"),
        cloudNativePg("1.30.0", "f8bede43fe4ee0d478c2355b204a36876b2ae4faac60f2a9452280b293da3b88"),
        cloudNativePg("1.28.4", "8f24b9163df8ff771fc398de885e6c4052f31a1289f921f9d23024eff5e8ebbe"),
    ],
};

/** Later releases than these (2.22 and up) need cert-manager. */
const RABBITMQ_CLUSTER: KnownOperator = {
    key: "rabbitmqCluster",
    title: "RabbitMQ cluster operator",
    group: "rabbitmq.com",
    crds: ["rabbitmqclusters.rabbitmq.com"],
    deployment: "rabbitmq-cluster-operator",
    releases: [
        rabbitmqCluster("2.21.1", "cluster-operator.yml", "d859369dc044d765f316fe50dbc45368ef99a99bc4d1268ae6187d7a98b319bd"),
        rabbitmqCluster("2.19.1", "cluster-operator-quay-io.yml", "91e31d4768d75fcf7d21d2ca5f05f9b71d60618b89b080274976f53cf4f63b40"),
    ],
};

const RABBITMQ_TOPOLOGY: KnownOperator = {
    key: "rabbitmqTopology",
    title: "RabbitMQ messaging topology operator",
    group: "rabbitmq.com",
    crds: ["vhosts.rabbitmq.com", "users.rabbitmq.com", "permissions.rabbitmq.com", "queues.rabbitmq.com"],
    deployment: "messaging-topology-operator",
    needs: "rabbitmqCluster",
    releases: [
        {
            version: "1.19.3",
            url: "https://github.com/rabbitmq/messaging-topology-operator/releases/download/v1.19.3/messaging-topology-operator-with-certmanager.yaml",
            sha256: "9711dd3f4b1634b9ad097432acd332868a95b280450fe420329ab9a502e67c0c",
        },
    ],
};

/** In the order in which they are installed. */
export const OPERATORS: readonly KnownOperator[] = [CLOUDNATIVE_PG, RABBITMQ_CLUSTER, RABBITMQ_TOPOLOGY];

/**
 * The end of an error about a CustomResourceDefinition that the cluster doesn't have: how to install its operator.
 *
 * @param crd such as `clusters.postgresql.cnpg.io`
 */
export function howToInstall(crd: string): string {
    const operator = OPERATORS.find((one) => one.crds.includes(crd)) ?? OPERATORS.find((one) => crd.endsWith(`.${one.group}`));
    if (!operator) {
        return `Install the operator that brings ${crd}.`;
    }
    const { title, key, releases } = operator;
    const [{ version, url }] = releases;
    const certificates = key === "rabbitmqTopology" ? " (with kubectl it needs cert-manager)" : "";
    return (
        `${title} brings it. Install it once in the cluster: new Operators("operators", { ${key}: {} }) in a program of its own, ` +
        `or kubectl apply --server-side -f ${url}${certificates}; ${version} is the version that this package pins.`
    );
}

function cloudNativePg(version: string, sha256: string): OperatorRelease {
    return { version, url: `https://raw.githubusercontent.com/cloudnative-pg/cloudnative-pg/v${version}/releases/cnpg-${version}.yaml`, sha256 };
}

function rabbitmqCluster(version: string, file: string, sha256: string): OperatorRelease {
    return { version, url: `https://github.com/rabbitmq/cluster-operator/releases/download/v${version}/${file}`, sha256 };
}
