import * as pulumi from "@pulumi/pulumi";
import type { ErrorObject } from "ajv";
import type { JsonSchema } from "./backend";

/** One thing wrong with what the user wrote: where, and what is wrong with it, what is allowed and what to do. */
export interface Problem {
    /** Such as `size` or `environment.database.local.directory`. */
    readonly property: string;
    readonly reason: string;
}

/**
 * Throws all problems as one error that names the component; does nothing when there are none.
 *
 * @param caller the public function or class that the user called: the error's stack starts at the user's own line
 */
export function throwProblems(subject: string, problems: readonly Problem[], caller: object): void {
    if (problems.length === 0) {
        return;
    }
    const lines = problems.map((problem) => `  - ${problem.property}: ${problem.reason}`);
    const error = new pulumi.InputPropertiesError({
        message: `${subject} can't be used as written:\n${lines.join("\n")}`,
        errors: problems.map((problem) => ({ propertyPath: problem.property, reason: problem.reason })),
    });
    Error.captureStackTrace(error, caller as () => unknown);
    throw error;
}

/**
 * Validates plain data against a schema.
 *
 * @param path the property path of `value` in the user's program, put before each problem's own path
 */
export function validate(schema: JsonSchema, value: unknown, path: string): Problem[] {
    const check = compile(schema);
    if (check(value)) {
        return [];
    }
    return (check.errors ?? []).filter((error) => !isSummary(error)).map((error) => toProblem(error, value, path));
}

/** The end of a sentence about an unknown word: with the allowed word nearest to it, when one is near. */
export function didYouMean(word: string, allowed: readonly string[]): string {
    const { closest, distance } = require("fastest-levenshtein") as typeof import("fastest-levenshtein");
    if (allowed.length === 0) {
        return ".";
    }
    const nearest = closest(word.toLowerCase(), [...allowed]);
    const near = distance(word.toLowerCase(), nearest.toLowerCase()) <= Math.ceil(nearest.length / 3);
    return near ? `; did you mean "${nearest}"?` : ".";
}

/** A value for an error message: short, and never the whole of a long text. */
export function show(value: unknown): string {
    if (pulumi.Output.isInstance(value) || value instanceof Promise) {
        return "an Output, whose value is not known yet";
    }
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

type Check = ((value: unknown) => boolean) & { errors?: ErrorObject[] | null };
const compiled = new WeakMap<JsonSchema, Check>();

/** The schema library is loaded by the first component, not by the import of the package. */
function compile(schema: JsonSchema): Check {
    let check = compiled.get(schema);
    if (!check) {
        const { Ajv } = require("ajv") as typeof import("ajv");
        check = new Ajv({ allErrors: true, verbose: true, allowUnionTypes: true }).compile(schema) as Check;
        compiled.set(schema, check);
    }
    return check;
}

/** Errors that only say that another error exists. */
function isSummary(error: ErrorObject): boolean {
    return error.keyword === "if" || error.keyword === "propertyNames";
}

function toProblem(error: ErrorObject, root: unknown, path: string): Problem {
    const at = [path, ...error.instancePath.split("/").slice(1).map(unescapePointer)].filter((part) => part !== "").join(".");
    const given = mayHoldSecret(error.parentSchema) ? "a value that is not shown, since it may hold a secret" : show(error.data);
    switch (error.keyword) {
        case "additionalProperties": {
            const key = String(error.params.additionalProperty);
            const allowed = Object.keys((error.parentSchema?.properties as object | undefined) ?? {});
            return { property: at ? `${at}.${key}` : key, reason: `unknown property${didYouMean(key, allowed)} Allowed here: ${list(allowed)}.` };
        }
        case "required":
            return { property: at ? `${at}.${error.params.missingProperty}` : String(error.params.missingProperty), reason: `is required${describe(error)}.` };
        case "enum": {
            const allowed = (error.params.allowedValues as unknown[]).map(String);
            return { property: at, reason: `${given} is not allowed${didYouMean(String(error.data), allowed)} Allowed: ${list(allowed)}.` };
        }
        case "type":
            return { property: at, reason: `must be ${typeName(error)}, got ${given}.` };
        case "minimum":
        case "exclusiveMinimum":
            return { property: at, reason: `must be ${error.keyword === "minimum" ? "at least" : "more than"} ${error.params.limit}, got ${given}.` };
        case "maximum":
            return { property: at, reason: `must be at most ${error.params.limit}, got ${given}.` };
        case "pattern": {
            // A schema's description says in words what its pattern says in symbols.
            const words = typeof error.parentSchema?.description === "string" ? error.parentSchema.description : `text that matches ${error.params.pattern}`;
            const name = error.propertyName === undefined ? given : show(error.propertyName);
            return { property: at, reason: `must be ${words}, got ${name}.` };
        }
        default:
            return { property: at || String(root), reason: `${error.message ?? "is not valid"}, got ${given}.` };
    }
}

function describe(error: ErrorObject): string {
    const property = (error.parentSchema?.properties as Record<string, { description?: string }> | undefined)?.[String(error.params.missingProperty)];
    return property?.description ? `: ${property.description}` : "";
}

/** Whether a value of this schema, or a part of it, is marked `writeOnly`: what was given in its place may be the secret itself. */
function mayHoldSecret(schema: unknown): boolean {
    if (typeof schema !== "object" || schema === null) {
        return false;
    }
    return ("writeOnly" in schema && schema.writeOnly === true) || Object.values(schema).some(mayHoldSecret);
}

/** A schema of several types says in its description what they stand for. */
function typeName({ params, parentSchema }: ErrorObject): string {
    const types = [params.type].flat().map(String);
    return types.length > 1 && typeof parentSchema?.description === "string" ? parentSchema.description : types.map(article).join(" or ");
}

function unescapePointer(part: string): string {
    return part.replace(/~1/g, "/").replace(/~0/g, "~");
}

function list(words: readonly string[]): string {
    return words.length === 0 ? "nothing" : words.join(", ");
}

function article(type: string): string {
    return /^[aeio]/.test(type) ? `an ${type}` : `a ${type}`;
}
