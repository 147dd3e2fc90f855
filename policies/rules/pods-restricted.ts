import { dataContainers } from "../kubernetes";
import { type Finding, forTypes, type Rule } from "../rule";
import * as type from "../types";
import { sayValue } from "../words";

export const rule: Rule = {
    id: "pods-restricted",
    pack: "security",
    title: "Data servers run without root and can't become it.",
    severity: "medium",
    topic: "Workloads",
    why: "Somebody who breaks into the server is then on the node, and in every other pod on it.",
    fix: "Set securityContext.runAsNonRoot to true and securityContext.allowPrivilegeEscalation to false.",
    references: { checkov: ["CKV_K8S_20", "CKV_K8S_23"], trivy: ["KSV-0001", "KSV-0012"] },
    config: {},
    checks: {
        ...forTypes(type.workloads, (facts) =>
            dataContainers(facts).flatMap(({ container }) => {
                const findings: Finding[] = [];
                const root = container.read("securityContext.runAsNonRoot") ?? facts.read("spec.template.spec.securityContext.runAsNonRoot");
                if (root !== true) {
                    findings.push({ found: sayValue("securityContext.runAsNonRoot", root, "root, if the image says so") });
                }
                const escalation = container.read("securityContext.allowPrivilegeEscalation");
                if (escalation !== false) {
                    findings.push({ found: sayValue(container.pathOf("securityContext.allowPrivilegeEscalation"), escalation, "true") });
                }
                return findings;
            }),
        ),
    },
};
