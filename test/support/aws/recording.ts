import { existsSync, mkdirSync, readFileSync, renameSync, rmdirSync, writeFileSync } from "node:fs";
import type { ResourceToken } from "./tokens";
import type { Values } from "./values";

/** An object that exists "in AWS". Passwords aren't among its properties: AWS gives none out. */
export interface RecordedObject {
    readonly type: ResourceToken;
    readonly id: string;
    readonly urn: string;
    properties: Values;
    /** Changes that wait for the maintenance window. */
    pending: Values;
}

/** A request that changed something. */
export interface Call {
    readonly operation: "create" | "update" | "delete";
    readonly type: ResourceToken;
    readonly id: string;
    readonly changed?: readonly string[];
}

/** The content of the recording's file, which tests read, and edit to make drift. */
export interface Recorded {
    objects: RecordedObject[];
    /** Final snapshots by their identifiers: of which object, by id. */
    snapshots: Record<string, string>;
    /** What Secrets Manager keeps, by ARN. */
    secrets: Record<string, { username: string; password: string }>;
    calls: Call[];
}

const PAUSE = new Int32Array(new SharedArrayBuffer(4));

/** The account that the provider stands for: one file, which several processes may change in turn. */
export class Recording {
    constructor(readonly file: string) {}

    read(): Recorded {
        return existsSync(this.file) ? JSON.parse(readFileSync(this.file, "utf8")) : { objects: [], snapshots: {}, secrets: {}, calls: [] };
    }

    /** Changes the file as one step. A change that throws leaves it as it was. */
    change<Result>(work: (recorded: Recorded) => Result): Result {
        const lock = `${this.file}.lock`;
        for (let left = 500; !tryMake(lock); left--) {
            if (left === 0) throw new Error(`${lock} is held by another process for too long`);
            Atomics.wait(PAUSE, 0, 0, 10);
        }
        try {
            const recorded = this.read();
            const result = work(recorded);
            // Secrets are among it.
            writeFileSync(`${this.file}.new`, JSON.stringify(recorded, null, 2), { mode: 0o600 });
            renameSync(`${this.file}.new`, this.file);
            return result;
        } finally {
            rmdirSync(lock);
        }
    }
}

export function find(recorded: Recorded, type: ResourceToken, id: string): RecordedObject | undefined {
    return recorded.objects.find((object) => object.type === type && object.id === id);
}

/** The objects of a type that name `value` in a property, alone or in a list. */
export function users(recorded: Recorded, type: ResourceToken, property: string, value: string): RecordedObject[] {
    return recorded.objects.filter((object) => object.type === type && [object.properties[property]].flat().includes(value));
}

function tryMake(directory: string): boolean {
    try {
        mkdirSync(directory);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
        throw error;
    }
}
