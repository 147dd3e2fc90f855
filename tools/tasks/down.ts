import { Quickstart } from "../quickstart";

/** Destroys the quickstart and everything that `up` made. */
export async function run(): Promise<void> {
    if (!Quickstart.exists()) {
        console.log("There is nothing to take down: the quickstart isn't up.");
        return;
    }
    await (await Quickstart.open()).down();
}
