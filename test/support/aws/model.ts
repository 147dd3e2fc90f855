import type { Recorded, RecordedObject } from "./recording";
import type { RealServers } from "./servers";
import type { Failure } from "./shapes";
import { isObject, UNKNOWN, type Value, type Values } from "./values";

/** What AWS knows beside the inputs. */
export interface World {
    readonly account: string;
    readonly region: string;
    readonly recorded: Recorded;
    readonly servers: RealServers;
    /** Hexadecimal digits that are new every time. */
    random(digits: number): string;
}

export interface Made {
    readonly id: string;
    /** What AWS fills in; it wins over the inputs. */
    readonly outputs: Values;
}

/** How one type behaves, beyond its SDK's declarations and its upstream's schema. */
export interface Model {
    /** The input that gets the logical name and seven random digits when the program names nothing. */
    readonly name?: { readonly property: string; readonly longest: number; transform?(name: string): string };
    /** What single inputs must be. */
    readonly rules?: readonly Rule[];
    /** What inputs must be together, or beside what there is. */
    check?(inputs: Values, recorded: Recorded): Failure[];
    /** Properties whose change replaces in some cases only. */
    replaces?(olds: Values, news: Values): string[];
    /** Changes that AWS keeps for the maintenance window, unless `applyImmediately` is true. */
    readonly deferred?: readonly string[];
    make(inputs: Values, world: World): Made | Promise<Made>;
    /** What becomes of other objects when this one is made. */
    made?(inputs: Values, recorded: Recorded): void;
    /** What a change changes beside the properties themselves; throws what AWS answers to one that it refuses. */
    change?(olds: Values, news: Values, world: World): Values;
    /** Throws what AWS answers to a deletion that it refuses; notes what stays. */
    remove?(object: RecordedObject, world: World, state: Values): void;
    /** Empties the real server that stood behind a deleted object. */
    gone?(object: RecordedObject, world: World): Promise<void>;
}

/** A bound on one input, `configuration.revision` for one within another, `users.password` for one within the elements of a list. */
export interface Rule {
    readonly property: string;
    readonly oneOf?: readonly (string | number | boolean)[];
    readonly between?: readonly [number, number];
    readonly length?: readonly [number, number];
    readonly matches?: RegExp;
    /** Ends the message, for a pattern. */
    readonly says?: string;
}

export function checkRules(rules: readonly Rule[], inputs: Values): Failure[] {
    return rules.flatMap((rule) =>
        valuesAt(inputs, rule.property.split(".")).flatMap((value) => broken(rule, value).map((reason) => ({ property: rule.property, reason }))),
    );
}

function broken({ oneOf, between, length, matches, says }: Rule, value: Value): string[] {
    if (value === UNKNOWN) return [];
    const number = typeof value === "number" ? value : Number.NaN;
    const string = typeof value === "string" ? value : "";
    return [
        ...(oneOf && !oneOf.includes(value as string) ? [`expected one of ${oneOf.join(", ")}`] : []),
        ...(between && !(number >= between[0] && number <= between[1]) ? [`expected a number from ${between[0]} to ${between[1]}`] : []),
        ...(length && !(string.length >= length[0] && string.length <= length[1])
            ? [`expected ${length[0]} to ${length[1]} characters, got ${string.length}`]
            : []),
        ...(matches && !matches.test(string) ? [says ?? `expected it to match ${matches}`] : []),
    ];
}

function valuesAt(value: Value | undefined, path: readonly string[]): Value[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value.flatMap((one) => valuesAt(one, path));
    const [first, ...rest] = path;
    if (first === undefined) return [value];
    return isObject(value) ? valuesAt(value[first], rest) : [];
}
