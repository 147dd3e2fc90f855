/** A CLI that works, with what must come first on the PATH for it. */
export interface Found {
    readonly pulumi: string;
    readonly directories: readonly string[];
    readonly source: "path" | "npm" | "built";
}

export interface Success {
    readonly found: Found;
}

/** A toolchain, or why there is none this way. */
export type Attempt = Success | { readonly reason: string };

export type Progress = (line: string) => void;

/** Its message is for people: it says what was tried and what to do. */
export class ToolchainError extends Error {
    override readonly name = "ToolchainError";
}
