import type { Facts } from "./facts";
import type { Finding } from "./rule";

const secretLike = /pass(?!word_encryption)|secret|token|credential|private_?key|connection_?string|\buri\b/i;

/** Whether a property by this name may hold a secret. Its value is never shown. */
export function isSecretName(path: string): boolean {
    return secretLike.test(path);
}

/** A property and its value, for a finding: `storageType is "gp2"`, or what its absence means. */
export function say(facts: Facts, path: string, absence: string): Finding {
    return { found: sayValue(facts.pathOf(path), facts.read(path), absence) };
}

/** As {@link say}, of a value that was read already. */
export function sayValue(path: string, value: unknown, absence: string): string {
    if (value === undefined || value === null) {
        return `${path} is not set, which means ${absence}`;
    }
    return isSecretName(path) ? `${path} is set` : `${path} is ${show(value)}`;
}

/** A plain value, short. Objects are counted and not shown: nobody knows what is in them. */
export function show(value: unknown): string {
    if (Array.isArray(value)) {
        return value.every((item) => typeof item === "string")
            ? shorten(`[${value.map((item) => JSON.stringify(item)).join(", ")}]`)
            : `a list of ${value.length}`;
    }
    return typeof value === "object" ? "an object" : shorten(JSON.stringify(value) ?? String(value));
}

function shorten(text: string): string {
    return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
