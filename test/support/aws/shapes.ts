import type { Properties, Shape } from "./sdk";
import { isObject, UNKNOWN, type Value, type Values } from "./values";

/** Why an input isn't taken. */
export interface Failure {
    readonly property: string;
    readonly reason: string;
}

/** Compares inputs with what the SDK declares: names, types, and what must be there. */
export function checkShape(properties: Properties, inputs: Values, prefix = ""): Failure[] {
    const names = Object.keys(properties);
    const unexpected = Object.keys(inputs).filter((name) => !name.startsWith("__") && !names.includes(name));
    return [
        ...unexpected.map((name) => ({ property: prefix + name, reason: `there is no such property; there are: ${names.join(", ")}` })),
        ...Object.entries(properties).flatMap(([name, { shape, required }]) => {
            const value = inputs[name];
            if (value === undefined || value === null) {
                return required ? [{ property: prefix + name, reason: "it is required and missing" }] : [];
            }
            return checkValue(shape, value, prefix + name);
        }),
    ];
}

function checkValue(shape: Shape, value: Value, property: string): Failure[] {
    if (value === UNKNOWN || shape.kind === "any") return [];
    switch (shape.kind) {
        case "array":
            return Array.isArray(value) ? value.flatMap((one, index) => checkValue(shape.of, one, `${property}[${index}]`)) : wrong(shape, property);
        case "map":
            return isObject(value)
                ? Object.entries(value).flatMap(([key, one]) => checkValue(shape.of, one ?? null, `${property}.${key}`))
                : wrong(shape, property);
        case "object":
            return isObject(value) ? checkShape(shape.properties, value, `${property}.`) : wrong(shape, property);
        case "json":
            return isObject(value) || isJson(value) ? [] : [{ property, reason: "it must be a JSON document" }];
        default:
            return typeof value === shape.kind ? [] : wrong(shape, property);
    }
}

/** Names the type and not the value, which may be a secret. */
function wrong(shape: Shape, property: string): Failure[] {
    return [{ property, reason: `it must be ${/^[aeiou]/.test(shape.kind) ? "an" : "a"} ${shape.kind}` }];
}

function isJson(value: Value): boolean {
    try {
        return typeof value === "string" && typeof JSON.parse(value) === "object";
    } catch {
        return false;
    }
}
