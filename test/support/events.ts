import { existsSync, readFileSync } from "node:fs";

/** A resource of an engine event, with secrets as `[secret]`. */
export interface EventResource {
    readonly type: string;
    readonly urn: string;
    readonly id: string;
    readonly protect?: boolean;
    readonly parent: string;
    readonly inputs: Record<string, unknown>;
    readonly outputs: Record<string, unknown>;
}

interface StepMetadata {
    readonly op: string;
    readonly urn: string;
    readonly type: string;
    readonly diffs?: readonly string[] | null;
    readonly old?: EventResource | null;
    readonly new?: EventResource | null;
}

/** One line of the engine's event log. */
export interface EngineEvent {
    readonly resourcePreEvent?: { readonly metadata: StepMetadata };
    readonly resOutputsEvent?: { readonly metadata: StepMetadata };
    readonly resOpFailedEvent?: { readonly metadata: StepMetadata };
    readonly diagnosticEvent?: { readonly urn?: string; readonly severity: string; readonly message: string };
    readonly summaryEvent?: { readonly resourceChanges: Readonly<Record<string, number>>; readonly result?: string };
}

/** What the engine did, or would do, to one resource. */
export interface Step {
    readonly op: string;
    readonly urn: string;
    /** The last part of the type, such as `LocalServer`. */
    readonly type: string;
    readonly name: string;
    readonly diffs: readonly string[];
    readonly old: EventResource | undefined;
    readonly new: EventResource | undefined;
}

/** The events that a run has logged so far. A last line that is only half written is left for the next time. */
export function readEvents(file: string): EngineEvent[] {
    if (!existsSync(file)) {
        return [];
    }
    const lines = readFileSync(file, "utf8").split("\n").slice(0, -1);
    return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as EngineEvent);
}

/** The steps that began; without those of the engine's own stand-ins for providers. */
export function stepsOf(events: readonly EngineEvent[]): Step[] {
    return events
        .flatMap(({ resourcePreEvent }) => (resourcePreEvent ? [toStep(resourcePreEvent.metadata)] : []))
        .filter(({ urn }) => !urn.includes("::pulumi:providers:"));
}

/** The steps that came to their end. */
export function doneSteps(events: readonly EngineEvent[]): Step[] {
    return events.flatMap(({ resOutputsEvent }) => (resOutputsEvent ? [toStep(resOutputsEvent.metadata)] : []));
}

function toStep({ op, urn, type, diffs, old, new: now }: StepMetadata): Step {
    return {
        op,
        urn,
        type: type.split(":").at(-1) as string,
        name: urn.split("::").at(-1) as string,
        diffs: diffs ?? [],
        old: old ?? undefined,
        new: now ?? undefined,
    };
}
