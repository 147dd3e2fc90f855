import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import type { Env } from "./cache";

export function isExecutable(path: string): boolean {
    try {
        accessSync(path, constants.X_OK);
        return statSync(path).isFile();
    } catch {
        return false;
    }
}

export function searchPath(env: Env): string[] {
    return (env.PATH ?? "").split(delimiter).filter((directory) => directory !== "");
}

/** Every executable of that name on the PATH, in its order. */
export function findAll(name: string, env: Env): string[] {
    const names = process.platform === "win32" ? [`${name}.exe`, `${name}.cmd`] : [name];
    return searchPath(env).flatMap((directory) => names.map((file) => join(directory, file)).filter(isExecutable));
}
