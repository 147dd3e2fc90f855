import type { Rule } from "../rule";
import * as type from "../types";
import { say } from "../words";

export const rule: Rule = {
    id: "queue-tls",
    pack: "security",
    title: "Queues listen with TLS only.",
    severity: "high",
    topic: "Encryption in transit",
    why: "AMQP without TLS shows the password and every message to whoever is on the way.",
    fix: "Set spec.tls.secretName to a certificate and spec.tls.disableNonTLSListeners to true.",
    references: {},
    config: {},
    checks: {
        // Amazon MQ has no listener without TLS.
        [type.rabbitmqCluster]: (facts) => {
            if (!facts.isSet("spec.tls.secretName")) {
                return { found: "spec.tls.secretName is not set, which means no TLS at all" };
            }
            return facts.read("spec.tls.disableNonTLSListeners") === true ? undefined : say(facts, "spec.tls.disableNonTLSListeners", "false");
        },
    },
};
