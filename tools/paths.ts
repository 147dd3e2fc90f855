import { createHash } from "node:crypto";
import { homedir } from "node:os";
import { join } from "node:path";

/** The checkout. */
export const root = join(__dirname, "..");

const isRoot = process.getuid?.() === 0;

/** Where the quickstart keeps its Pulumi state: of this checkout, and outside it. */
export function quickstartDirectory(): string {
    const state = process.env.XDG_STATE_HOME || (isRoot ? "/var/lib" : join(homedir(), ".local", "state"));
    return join(state, `pulumi-data-services-quickstart-${createHash("sha256").update(root).digest("hex").slice(0, 8)}`);
}
