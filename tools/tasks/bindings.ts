import { Quickstart } from "../quickstart";

/** Prints the quickstart's bindings as JSON, secrets shown, and nothing else. */
export async function run(): Promise<void> {
    if (!Quickstart.exists()) {
        throw new Error("There are no bindings: the quickstart isn't up. Run: npm run up");
    }
    console.log(JSON.stringify((await Quickstart.open()).bindings(), null, 2));
}
