// The entry of every npm script. Needs nothing but Node: installs the dependencies when they are missing or old, then runs the task
// of the given name from tools/tasks.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [task, ...args] = process.argv.slice(2);

installDependencies();
linkPackage();
const { register: registerCommonJs } = await import("tsx/cjs/api");
registerCommonJs();
const { createRequire } = await import("node:module");
const taskFile = join(root, "tools", "tasks", `${task?.replace(":", "-")}.ts`);
if (!existsSync(taskFile)) {
    fail(`there is no task "${task}"`);
}
try {
    const { run } = createRequire(pathToFileURL(taskFile))(taskFile);
    process.exitCode = (await run(args)) ?? 0;
} catch (error) {
    fail(error instanceof Error ? error.message : String(error));
}

/** Installs what package-lock.json says, once per version of that file. */
function installDependencies() {
    const stamp = join(root, "node_modules", ".installed");
    const wanted = createHash("sha256")
        .update(readFileSync(join(root, "package-lock.json")))
        .digest("hex");
    if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) {
        return;
    }
    console.error("installing dependencies (npm ci)...");
    // Output goes to standard error: the standard output of some tasks is data.
    const { status } = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
        cwd: root,
        stdio: ["ignore", 2, 2],
        shell: process.platform === "win32",
    });
    if (status !== 0) {
        fail("npm ci failed; its messages are above");
    }
    writeFileSync(stamp, wanted);
}

/** Lets the examples and the tests import the package by its name, as its users do. */
function linkPackage() {
    const link = join(root, "node_modules", "pulumi-data-services");
    if (!existsSync(link)) {
        symlinkSync(root, link, "junction");
    }
}

function fail(message) {
    console.error(message);
    process.exit(1);
}
