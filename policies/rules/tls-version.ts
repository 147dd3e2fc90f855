import type { Rule } from "../rule";
import { serverSettings } from "../settings";

export const rule: Rule = {
    id: "tls-version",
    pack: "security",
    title: "Servers speak TLS 1.2 or newer.",
    severity: "medium",
    topic: "Encryption in transit",
    why: "TLS 1.0 and 1.1 are broken and were withdrawn in 2021.",
    fix: "Remove the setting: what servers do by themselves is TLS 1.2 and newer.",
    references: {},
    config: {},
    checks: serverSettings((name, value) => {
        const versions =
            /^(ssl_min_protocol_version|ssl_max_protocol_version|tls-protocols)$/.test(name) || /^(\w+\.)*(ssl_options|ssl)\.versions\.\d+$/.test(name);
        return versions && /(ssl|tls)\s*v?1(\.[01])?($|[\s"'])/i.test(value);
    }),
};
