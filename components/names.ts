import { createHash } from "node:crypto";
import type { Problem } from "./validation";
import { show } from "./validation";

/** Names of services and bindings; URNs, file names, users and Kubernetes objects are made from them. */
const allowedName = /^[A-Za-z][A-Za-z0-9._-]*$/;

/** Longest name that leaves room for a role and for the 63 bytes of a PostgreSQL identifier or DNS label. */
export const maxNameLength = 63;

/** What is wrong with the name of a service or a binding. */
export function checkName(property: string, name: unknown): Problem[] {
    if (typeof name !== "string" || name === "") {
        return [{ property, reason: `must be a name, got ${show(name)}.` }];
    }
    if (!allowedName.test(name)) {
        return [{ property, reason: `must start with a letter and hold only letters, digits, ".", "_" and "-", got ${show(name)}.` }];
    }
    if (name.length > maxNameLength) {
        return [{ property, reason: `must be at most ${maxNameLength} characters, got ${name.length}: ${show(name)}.` }];
    }
    return [];
}

/**
 * An identifier of lower-case letters, digits and `separator`, for users, databases and vhosts. A name that had to be changed or
 * shortened gets a hash of the whole, so that two names become one only where they differ in nothing but "-" and `separator`.
 */
export function identifier(name: string, separator: "_" | "-" = "_", maxLength = 63): string {
    const clean = name.toLowerCase().replace(/[^a-z0-9]+/g, separator);
    const lossless = name.replace(/-/g, separator) === clean && clean.length <= maxLength;
    return lossless ? clean : `${clean.slice(0, maxLength - 9)}${separator}${hash(name)}`;
}

/** Eight hexadecimal digits that stand for a text. */
export function hash(text: string): string {
    return createHash("sha256").update(text).digest("hex").slice(0, 8);
}
