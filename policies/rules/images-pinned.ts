import { dataContainers, tagOf } from "../kubernetes";
import { type Finding, forTypes, type Rule } from "../rule";
import * as type from "../types";
import { show } from "../words";

export const rule: Rule = {
    id: "images-pinned",
    pack: "compliance",
    title: "Images of data servers name a version.",
    severity: "high",
    topic: "Versions",
    why: "Without one a restart may bring another major version, which can't read the data or changes it for good.",
    fix: 'Name the version in the tag, such as "postgres:18.4".',
    references: { checkov: ["CKV_K8S_14"], trivy: ["KSV-0013"] },
    config: {},
    checks: {
        ...forTypes(type.workloads, (facts) => dataContainers(facts).flatMap(({ image, container }) => unpinned(image, container.pathOf("image")))),
        [type.cnpgCluster]: (facts) => (facts.knownText("spec.imageName") !== "" ? unpinned(facts.knownText("spec.imageName"), "spec.imageName") : []),
        [type.rabbitmqCluster]: (facts) =>
            facts.isSet("spec.image")
                ? facts.knownText("spec.image") === ""
                    ? []
                    : unpinned(facts.knownText("spec.image"), "spec.image")
                : [{ found: "spec.image is not set, which means what the operator likes" }],
    },
};

function unpinned(image: string, path: string): Finding[] {
    return image.includes("@sha256:") || /^v?\d/.test(tagOf(image) ?? "") ? [] : [{ found: `${path} is ${show(image)}, which names no version` }];
}
