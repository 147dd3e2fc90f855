import assert from "node:assert/strict";
import type { ServiceKind } from "../../index";
import { changes } from "../../providers/aws/changes";
import { SUBNETS } from "../support/aws/account";
import type { Finished, Project } from "../support/engine";
import type { Step } from "../support/events";

const classes = { database: "ManagedDatabase", queue: "ManagedQueue", cache: "ManagedCache" } as const satisfies Record<ServiceKind, string>;

/** What a test asks for: arguments of the component, of its bindings, and settings of the environment. */
export interface Wish {
    readonly args?: Readonly<Record<string, unknown>>;
    readonly bindings?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
    readonly settings?: Readonly<Record<string, unknown>>;
}

/** A program with one service, `orders`, whose wishes are in a file beside it. */
export function programOf(kind: ServiceKind): string {
    return `
import { readFileSync } from "node:fs";
import { ${classes[kind]}, exportBindings } from "pulumi-data-services";
const { args, bindings: wanted } = JSON.parse(readFileSync("wish.json", "utf8"));
const orders = new ${classes[kind]}("orders", args);
const all: any = { main: orders };
for (const [name, binding] of Object.entries<any>(wanted)) all[name] = orders.bind(name, binding);
export const bindings = exportBindings(all);
export const version = orders.version;
`;
}

/** Makes a wish the project's. */
export function wish(project: Project, kind: ServiceKind, { args = {}, bindings = {}, settings = {} }: Wish): void {
    project.write("wish.json", JSON.stringify({ args: { durability: "ephemeral", ...args }, bindings }));
    project.environment({ [kind]: { aws: { subnetIds: [...SUBNETS], allowedCidrs: ["10.0.0.0/16"], ...settings } } });
}

/** The step of the only resource of a type. */
export function stepOf({ steps, output }: Finished, type: string): Step {
    const found = steps.filter((step) => step.type === type);
    assert.equal(found.length, 1, `${found.length} steps of ${type}:\n${output}`);
    return found[0] as Step;
}

/** Something that a user can change, and the properties of the service's main resource that change with it; none where the change is refused. */
export interface Change extends Wish {
    readonly what: string;
    readonly changed: readonly string[];
    readonly refused?: RegExp;
}

/** What a preview says of each change of a service that is up; the documented ones have to be among them. */
export function describeChanges(kind: ServiceKind, type: string, asked: readonly Change[], on: { project(): Project; want(change: Wish): void }): void {
    it("is tested with every argument and every setting that changes it", () => {
        const documented = changes[kind].flatMap((change) => change.asked?.split(", ") ?? []);
        const tested = asked.map(({ what }) => what.split(",")[0]);
        assert.deepEqual(
            documented.filter((what) => !tested.includes(what)),
            [],
        );
    });

    for (const batch of batchesOf(asked.filter(({ refused }) => !refused))) {
        it(`changes in place: ${batch.map(({ what }) => what).join("; ")}`, async () => {
            on.want(together(batch));
            const changed = batch.flatMap((change) => change.changed);
            const { op, diffs } = stepOf(await on.project().preview(), type);
            assert.equal(op, changed.length === 0 ? "same" : "update");
            assert.deepEqual([...diffs].sort(), [...changed].sort());
            const effects = changes[kind].filter(({ property }) => changed.includes(property)).map(({ effect }) => effect);
            assert.ok(!effects.some((effect) => effect === "replace" || effect === "never"), `${changed} are said to ${effects}`);
        });
    }

    for (const { what, refused, ...change } of asked) {
        if (refused) {
            it(`refuses a change of: ${what}`, async () => {
                on.want(change);
                const { output, steps } = await on.project().fails("preview");
                assert.match(output, refused);
                assert.ok(!steps.some((step) => /replace|delete/.test(step.op) && step.type === type), output);
            });
        }
    }
}

/** Changes that have nothing to do with each other are previewed together, since every run of the engine takes seconds. */
function batchesOf(asked: readonly Change[]): Change[][] {
    const batches: Change[][] = [];
    for (const change of asked) {
        const batch = batches.find((others) => others.every((other) => touches(other).every((thing) => !touches(change).includes(thing))));
        if (batch) batch.push(change);
        else batches.push([change]);
    }
    return batches;
}

/** What a change asks for and what it changes, each by its name. */
function touches({ args = {}, settings = {}, changed }: Change): string[] {
    return [...Object.keys(args), ...Object.keys(settings), ...changed];
}

function together(batch: readonly Change[]): Wish {
    return { args: Object.assign({}, ...batch.map(({ args }) => args)), settings: Object.assign({}, ...batch.map(({ settings }) => settings)) };
}
