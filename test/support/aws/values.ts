/** Property values as the engine sends them. */
export type Value = null | boolean | number | string | Value[] | { [key: string]: Value | undefined };

export type Values = Record<string, Value | undefined>;

/** What stands for a value that only `up` will know. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isObject(value: Value | undefined): value is Record<string, Value | undefined> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is unknown, or holds something unknown. */
export function holdsUnknown(value: Value | undefined): boolean {
    if (Array.isArray(value)) return value.some(holdsUnknown);
    return isObject(value) ? Object.values(value).some(holdsUnknown) : value === UNKNOWN;
}

/** The text of a value that doesn't depend on the order of keys, nor of the elements of sets. */
export function canonical(value: Value | undefined, set = false): string {
    if (Array.isArray(value)) {
        const parts = value.map((one) => canonical(one));
        return `[${(set ? parts.sort() : parts).join()}]`;
    }
    if (isObject(value)) {
        const entries = Object.entries(value).filter(([, one]) => one !== undefined && one !== null);
        return `{${entries
            .sort(([a], [b]) => a.localeCompare(b))
            .map(([key, one]) => `${key}:${canonical(one)}`)
            .join()}}`;
    }
    return JSON.stringify(asJson(value) ?? null);
}

/** Documents are compared by what they say, not by how they are spaced. */
function asJson(value: Value | undefined): unknown {
    if (typeof value !== "string" || !/^\s*[[{]/.test(value)) return value;
    try {
        return canonical(JSON.parse(value) as Value);
    } catch {
        return value;
    }
}

export function text(value: Value | undefined): string {
    return typeof value === "string" ? value : "";
}

export function list(value: Value | undefined): Value[] {
    return Array.isArray(value) ? value : [];
}
