import { dataContainers } from "../kubernetes";
import { forTypes, type Rule } from "../rule";
import * as type from "../types";

export const rule: Rule = {
    id: "cache-authenticated",
    pack: "security",
    title: "Caches ask who is there.",
    severity: "critical",
    topic: "Users and passwords",
    why: "Without users whoever reaches the port reads, writes and empties the cache.",
    fix: "ElastiCache: userGroupIds. MemoryDB: an ACL of your own. In a cluster: an aclfile from a Secret.",
    references: { fsbp: ["ElastiCache.6"], checkov: ["CKV_AWS_31"] },
    config: {},
    checks: {
        [type.replicationGroup]: (facts) =>
            facts.isSet("userGroupIds") || facts.isSet("authToken")
                ? undefined
                : { found: "neither userGroupIds nor authToken is set, which means no users at all" },
        [type.memoryDb]: (facts) => (facts.read("aclName") === "open-access" ? { found: 'aclName is "open-access", which asks for nothing' } : undefined),
        [type.cacheUser]: (facts) => {
            const open = facts.read("noPasswordRequired") === true || facts.read("authenticationMode.type") === "no-password-required";
            return open ? { found: "the user needs no password" } : undefined;
        },
        ...forTypes(type.workloads, (facts) =>
            dataContainers(facts)
                .filter(({ engine }) => engine === "valkey")
                .flatMap(({ container }) => {
                    const words = ["command", "args"].flatMap((name) => container.texts(name)).join(" ");
                    const variables = container.items("env").map((one) => one.knownText("name"));
                    const asks =
                        /--(requirepass|aclfile|user)\b/.test(words) ||
                        variables.some((name) => /PASSWORD/.test(name)) ||
                        container.list("volumeMounts").length > 1;
                    // A configuration file is mounted beside the data; what it says can't be seen here.
                    const configured = /\.(conf|sh)\b/.test(words);
                    return asks || configured
                        ? []
                        : [{ found: `${container.pathOf("args")} has neither --requirepass nor --aclfile, which means no users at all` }];
                }),
        ),
    },
};
