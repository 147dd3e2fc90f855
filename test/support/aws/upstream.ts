import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ResourceToken } from "./tokens";

/**
 * What the upstream provider's schema says of a property, in its own words. A property that isn't named in `upstream.json` is updated in place,
 * has no default and is never filled in by AWS.
 */
export interface UpstreamProperty {
    /** AWS fills it in when the program doesn't; leaving it out later changes nothing. */
    readonly computed?: true;
    /** A change makes a new object. */
    readonly forceNew?: true;
    readonly default?: string | number | boolean;
    /** A list whose order means nothing. */
    readonly set?: true;
    readonly sensitive?: true;
    /** Goes to AWS and is kept nowhere. */
    readonly writeOnly?: true;
    readonly conflictsWith?: readonly string[];
}

export interface Upstream {
    /** The Go module and version that it was read from; the emulated suite builds the same one and compares. */
    readonly source: string;
    readonly resources: Readonly<Record<ResourceToken, Readonly<Record<string, UpstreamProperty>>>>;
}

export const upstream: Upstream = JSON.parse(readFileSync(join(__dirname, "upstream.json"), "utf8"));
