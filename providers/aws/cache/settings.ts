import type { CacheSpec } from "../../../components/backend";
import { type Problem, show } from "../../../components/validation";

/** What ElastiCache or another argument decides on. */
const reserved: Readonly<Record<string, string>> = {
    "maxmemory-policy": "is set by evictionPolicy",
    maxmemory: "is set by the machine; see reserved-memory-percent",
    "cluster-enabled": "would make a cluster of shards, which clients of this library's bindings don't know",
    appendonly: "doesn't exist in ElastiCache; snapshots are made instead",
    save: "doesn't exist in ElastiCache; snapshots are made instead",
};

/** What is wrong with `settings`. Which parameters ElastiCache takes only ElastiCache can tell. */
export function settingProblems({ settings }: CacheSpec): Problem[] {
    return Object.entries(settings).flatMap(([name, value]) => {
        const property = `settings.${name}`;
        if (!/^[a-z][a-z0-9-]*$/i.test(name)) {
            return [{ property, reason: 'is no setting of Valkey: a name holds letters, digits and "-".' }];
        }
        const reason = reserved[name.toLowerCase()];
        if (reason !== undefined) {
            return [{ property, reason: `${reason}. Remove it from settings.` }];
        }
        if (/\p{Cc}/u.test(value) || value.trim() === "") {
            return [{ property, reason: `must be one line and not empty, got ${show(value)}.` }];
        }
        return [];
    });
}

/** The parameters of the service's own group. */
export function parametersOf({ settings, evictionPolicy }: CacheSpec): { name: string; value: string }[] {
    const all: Record<string, string> = { ...settings, "maxmemory-policy": evictionPolicy };
    return Object.entries(all)
        .map(([name, value]) => ({ name: name.toLowerCase(), value: value.trim() }))
        .sort((one, other) => (one.name < other.name ? -1 : 1));
}
