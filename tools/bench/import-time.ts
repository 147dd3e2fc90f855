import { spawnSync } from "node:child_process";
import { root } from "../paths";
import { compare, type Figure, seconds } from "./measure";

/** A Node process that imports the library, against one that imports `@pulumi/pulumi` alone. */
export function importTime(): Promise<Figure> {
    const time = (name: string) => () =>
        seconds(() => {
            const { status, stderr } = spawnSync(process.execPath, ["-e", `require(${JSON.stringify(name)})`], { cwd: root, encoding: "utf8" });
            if (status !== 0) {
                throw new Error(stderr);
            }
        });
    return compare("import-time", 1.1, "s", 15, time("pulumi-data-services"), time("@pulumi/pulumi"));
}
