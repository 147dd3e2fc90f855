import assert from "node:assert/strict";
import type { Finished } from "./engine";

/** Fails with what changed when a run changed anything. */
export function assertUnchanged({ steps, output }: Finished): void {
    const changed = steps.filter(({ op }) => !["same", "refresh", "read"].includes(op));
    assert.deepEqual(
        changed.map(({ op, name, diffs }) => `${op} ${name} (${diffs.join(", ")})`),
        [],
        output,
    );
}

/** Fails when a run replaced or deleted a resource. */
export function assertNothingLost({ steps, output }: Finished): void {
    const lost = steps.filter(({ op }) => /delete|replace/.test(op));
    assert.deepEqual(
        lost.map(({ op, name }) => `${op} ${name}`),
        [],
        output,
    );
}

/** Fails unless a run replaced exactly one user, the new one made before the old one was deleted, and nothing else. */
export function assertUserReplaced({ steps, output }: Finished, name: string): void {
    const lost = steps.filter(({ op }) => /delete|replace/.test(op));
    assert.deepEqual(
        lost.map(({ op, type, name: one }) => `${op} ${type.replace(/^.*User$/, "User")} ${one}`),
        [`create-replacement User ${name}`, `replace User ${name}`, `delete-replaced User ${name}`],
        output,
    );
}

/** Fails unless a text holds every part. */
export function assertIncludes(text: string, ...parts: readonly string[]): void {
    for (const part of parts) {
        // Long messages are wrapped by nobody, but indented by the CLI.
        assert.ok(text.replace(/\s+/g, " ").includes(part.replace(/\s+/g, " ")), `expected ${JSON.stringify(part)} in:\n${text}`);
    }
}
