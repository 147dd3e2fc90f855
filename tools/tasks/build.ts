import { ensureBuilt } from "../build";

/** Compiles the package to `dist`. */
export async function run(): Promise<void> {
    ensureBuilt();
}
