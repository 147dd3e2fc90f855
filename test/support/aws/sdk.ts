import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDirectory, hashOf, readJson, writeJson } from "../../../tools/toolchain/cache";
import { FUNCTIONS, RESOURCES } from "./tokens";

/** What values a property takes. */
export type Shape =
    | { readonly kind: "string" | "number" | "boolean" | "any" }
    /** A string, or an object that stands for its JSON. */
    | { readonly kind: "json" }
    | { readonly kind: "array" | "map"; readonly of: Shape }
    | { readonly kind: "object"; readonly properties: Properties };

export interface Property {
    readonly shape: Shape;
    readonly required: boolean;
}

export type Properties = Readonly<Record<string, Property>>;

/** A resource or a function: what it takes, and the names of what it gives. */
export interface Signature {
    readonly inputs: Properties;
    /** Whether each output is always there. */
    readonly outputs: Readonly<Record<string, boolean>>;
}

/** What the installed `@pulumi/aws` declares of the types and functions in `tokens.ts`. */
export interface Sdk {
    readonly version: string;
    readonly signatures: Readonly<Record<string, Signature>>;
}

let known: Sdk | undefined;

/** Reads the SDK's declarations once per version; the answer is kept outside the checkout. */
export function sdk(): Sdk {
    known ??= cached();
    return known;
}

function cached(): Sdk {
    const root = dirname(require.resolve("@pulumi/aws/package.json"));
    const version = (JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string }).version;
    const reader = ["sdk.ts", "sdk-reader.ts", "tokens.ts"].map((file) => join(__dirname, file));
    const file = join(cacheDirectory(process.env), `aws-sdk-${version}-${hashOf(reader)}.json`);
    const found = existsSync(file) ? readJson<Sdk>(file) : undefined;
    if (found) {
        return found;
    }
    // The compiler takes a second to load, and only a new version of the SDK needs it.
    const { readSignatures } = require("./sdk-reader") as typeof import("./sdk-reader");
    const read = { version, signatures: readSignatures(root, [...RESOURCES, ...FUNCTIONS]) };
    writeJson(file, read);
    return read;
}
