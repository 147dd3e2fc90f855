import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Project } from "../support/engine";
import { databaseProgram } from "../support/programs";

const watch = `
process.on("exit", () => require("node:fs").writeFileSync("modules.json", JSON.stringify(Object.keys(require.cache))));
`;

/** What a program may load only when it uses it. */
const heavy = [
    "@pulumi/aws",
    "@pulumi/kubernetes",
    "@pulumi/random",
    "@pulumi/postgresql",
    "@pulumi/policy",
    "pg",
    "iovalkey",
    "amqplib",
    "@peculiar/x509",
    "reflect-metadata",
];

describe("the modules that a program loads", () => {
    const project = new Project({ program: "" });
    after(() => project.remove());

    async function modulesOf(program: string): Promise<string[]> {
        project.program(watch + program);
        await project.preview();
        const files = JSON.parse(readFileSync(join(project.directory, "modules.json"), "utf8")) as string[];
        return files.map((file) => file.replace(/^.*node_modules\//, ""));
    }

    const assertNoneOf = (modules: readonly string[], packages: readonly string[]) =>
        assert.deepEqual(
            modules.filter((file) => packages.some((name) => file.startsWith(`${name}/`))),
            [],
        );

    it("hold no client, no SDK and no validator by an import alone, nor any backend", async () => {
        const modules = await modulesOf('import * as dataServices from "pulumi-data-services"; export const names = Object.keys(dataServices);');
        assert.ok(modules.some((file) => /dist\/components\/managed-database\.js$/.test(file)));
        assertNoneOf(modules, [...heavy, "ajv", "fastest-levenshtein"]);
        assert.deepEqual(
            modules.filter((file) => /dist\/providers\/[^/]+\//.test(file)),
            [],
        );
    });

    it("hold no client and no SDK with a database on the local backend", async () => {
        const modules = await modulesOf(databaseProgram());
        assert.ok(modules.some((file) => /dist\/providers\/local\/database\.js$/.test(file)));
        assertNoneOf(modules, heavy);
        assert.deepEqual(
            modules.filter((file) => /dist\/providers\/(?!local\/|index\.js)[^/]+\//.test(file)),
            [],
        );
    });
});
