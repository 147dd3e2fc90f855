import type { Facts } from "../facts";
import { dataContainers, settingsIn } from "../kubernetes";
import { inContainers } from "../passwords";
import { type Finding, forTypes, type Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "no-plaintext-passwords",
    pack: "security",
    title: "Passwords are in Secrets, and not in manifests.",
    severity: "high",
    topic: "Users and passwords",
    why: "Whoever may look at a workload or a ConfigMap, in the cluster or in a repository, reads it there.",
    fix: "Put it in a Secret and refer to that: valueFrom.secretKeyRef, or a mounted file.",
    references: { checkov: ["CKV_K8S_35"], trivy: ["KSV-0109"] },
    config: {},
    checks: {
        ...forTypes(type.workloads, (facts) => [
            ...inContainers(facts).map(({ path }) => ({ found: `${path} has the password itself` })),
            ...inArguments(facts),
        ]),
        [type.configMap]: (facts) => {
            const data = facts.knownAt("data");
            return data.keys().flatMap((key) => inText(data.knownOwn(key), `data["${key}"]`));
        },
        [type.rabbitmqCluster]: (facts) => inText(facts.knownText("spec.rabbitmq.additionalConfig"), "spec.rabbitmq.additionalConfig"),
    },
};

function inText(text: string, path: string): Finding[] {
    const names = [...settingsIn(text).keys()].filter((name) => /^(default_pass|requirepass|masterauth|password)$/.test(name));
    return names.map((name) => ({ found: `${path} has ${name} with the password itself` }));
}

/** `--requirepass hush`; a variable in its place is filled in from elsewhere. */
function inArguments(facts: Facts): Finding[] {
    return dataContainers(facts).flatMap(({ container }) => {
        const words = ["command", "args"].flatMap((name) => container.texts(name)).flatMap((part) => part.split(/\s+/));
        const at = words.findIndex((word) => /^--(requirepass|masterauth|password)(=|$)/.test(word));
        const value = at < 0 ? undefined : (words[at]?.split("=")[1] ?? words[at + 1]);
        return value === undefined || value.includes("$") ? [] : [{ found: `${container.pathOf("args")} has the password itself` }];
    });
}
