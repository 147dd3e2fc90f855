import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";

/** Runs what must be refused; returns the error's text and its problems as `property: reason`. */
export function problemsOf(action: () => unknown): { message: string; stack: string; problems: string[] } {
    try {
        action();
    } catch (error) {
        assert.ok(error instanceof pulumi.InputPropertiesError, String(error));
        const problems = (error.errors ?? []).map(({ propertyPath, reason }) => `${propertyPath}: ${reason}`);
        return { message: error.message, stack: error.stack ?? "", problems };
    }
    throw new assert.AssertionError({ message: "nothing was refused" });
}
