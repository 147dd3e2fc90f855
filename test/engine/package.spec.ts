import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { type Binding, value } from "../support/clients";
import { checkout, Project } from "../support/engine";
import { filesBelow } from "../support/local";
import { newDirectory } from "../support/sandbox";

/** Each use of the package that a first program makes, with types. Pulumi compiles it with TypeScript 3.8 where a project brings no other. */
const program = `
import type { BindingValues, Environment } from "pulumi-data-services";
import { exportBindings, ManagedCache, ManagedDatabase, ManagedQueue, toVcapServices } from "pulumi-data-services";

const local = { directory: process.env.DATA_DIRECTORY as string };
const environment: Environment = { database: { local }, queue: { local }, cache: { local }, defaults: { durability: "ephemeral", size: "nano" } };
const orders = new ManagedDatabase("orders", { environment, bindings: { reports: { access: "readonly" } } });
export const bindings = exportBindings({ orders });
export const password = bindings.apply(({ orders }) => (orders as BindingValues).password);
export const vcap = toVcapServices({ orders });
export const names = [ManagedQueue.name, ManagedCache.name];
`;

describe("the packed package", function () {
    this.timeout(300_000);
    let modules: string;
    let files: string[];

    before("npm pack, npm install", () => {
        const directory = newDirectory("package");
        const [{ filename, files: packed }] = JSON.parse(npm(checkout, ["pack", "--json", "--ignore-scripts", "--pack-destination", directory]));
        files = packed.map(({ path }: { path: string }) => path);
        const { version } = JSON.parse(readFileSync(join(checkout, "node_modules", "@pulumi", "pulumi", "package.json"), "utf8"));
        writeFileSync(join(directory, "package.json"), JSON.stringify({ private: true }));
        npm(directory, ["install", "--no-audit", "--no-fund", "--prefer-offline", join(directory, filename), `@pulumi/pulumi@${version}`]);
        modules = join(directory, "node_modules");
    });

    it("holds what it should and nothing more", () => {
        const unexpected = files.filter(
            (file) =>
                !/^(dist\/(index|components\/|host\/|providers\/|policies\/).*\.(js|d\.ts)|package\.json|README\.md|LICENSE|CHANGELOG\.md)$/.test(file) &&
                // What runs on hosts.
                !/^dist\/providers\/vm\/agent\/[a-z_]+\.py$/.test(file) &&
                !/^policies\/(README\.md|(security|compliance|cost|all)\/(PulumiPolicy\.yaml|package\.json))$/.test(file),
        );
        assert.deepEqual(unexpected, []);
        for (const needed of [
            "dist/index.js",
            "dist/index.d.ts",
            "dist/host/index.js",
            "dist/providers/local/index.js",
            "dist/providers/vm/agent/common.py",
            ...["security", "compliance", "cost", "all"].flatMap((pack) => [`policies/${pack}/PulumiPolicy.yaml`, `dist/policies/packs/${pack}.js`]),
            "README.md",
            "LICENSE",
            "package.json",
        ]) {
            assert.ok(files.includes(needed), needed);
        }
    });

    it("holds everything that package.json leads to", () => {
        const manifest = JSON.parse(readFileSync(join(checkout, "package.json"), "utf8"));
        const targets = Object.values(manifest.exports as Record<string, string | Record<string, string>>).flatMap((target) =>
            typeof target === "string" ? [target] : Object.values(target),
        );
        for (const target of [manifest.main, manifest.types, ...targets].filter((path: string) => !path.includes("*"))) {
            assert.ok(files.includes(target.replace("./", "")), target);
        }
    });

    it("brings no SDK of a cloud with it", () => {
        assert.deepEqual(readdirSync(join(modules, "@pulumi")), ["pulumi"]);
    });

    for (const [module, moduleResolution] of [
        ["node16", "node16"],
        ["commonjs", "node10"],
    ] as const) {
        it(`compiles in the strictest project, with its subpaths, by the resolution ${moduleResolution}`, async () => {
            const project = new Project({
                program: `${program}\nimport type { LocalConfig } from "pulumi-data-services/providers/local";\nexport type { LocalConfig };`,
                modules,
            });
            try {
                const compilerOptions = {
                    ...{ strict: true, skipLibCheck: false, exactOptionalPropertyTypes: true, noUncheckedIndexedAccess: true, noEmit: true },
                    ...{ target: "es2022", lib: ["es2022"], module, moduleResolution },
                    ...{ types: ["node"], typeRoots: [join(checkout, "node_modules", "@types")], preserveSymlinks: true },
                };
                project.write("tsconfig.json", JSON.stringify({ compilerOptions, files: ["index.ts"] }));
                const compiler = join(checkout, "node_modules", "typescript", "bin", "tsc");
                const { status, stdout } = spawnSync(process.execPath, [compiler, "-p", project.directory], { encoding: "utf8" });
                assert.equal(status, 0, stdout);
            } finally {
                await project.remove();
            }
        });
    }

    it("says what to install where its policy packs lack their SDK, and runs them once it is there", async () => {
        const project = new Project({ program: program.replace('size: "nano"', 'size: "xlarge"'), modules });
        const folders = ["security", "compliance", "cost"].flatMap((pack) => ["--policy-pack", join("node_modules", "pulumi-data-services", "policies", pack)]);
        const env = { DATA_DIRECTORY: project.data };
        try {
            assert.match((await project.fails("preview", { args: folders, env })).output, /npm install "@pulumi\/policy@/);
            npm(dirname(modules), ["install", "--no-audit", "--no-fund", "--prefer-offline", "@pulumi/policy@^1.21.0"]);
            const { output } = await project.preview({ args: folders, env });
            assert.match(output, /\[advisory\] \[severity: medium\] +oversized-class/);
        } finally {
            await project.remove();
        }
    });

    it("previews, comes up and goes away", async () => {
        const project = new Project({ program, modules });
        try {
            // Types are checked, as they are for every user who turns nothing off.
            const env = { DATA_DIRECTORY: project.data, PULUMI_NODEJS_TRANSPILE_ONLY: "false" };
            await project.preview({ env });
            await project.up({ env });
            const { bindings, password } = await project.outputs<{ bindings: { orders: Binding }; password: string }>();
            assert.equal(bindings.orders.password, password);
            assert.equal(await value(bindings.orders, "SELECT 1"), 1);
            await project.destroy({ env });
            assert.deepEqual(filesBelow(project.data), []);
            assert.deepEqual(project.processes(), []);
        } finally {
            await project.remove();
        }
    });
});

function npm(directory: string, args: readonly string[]): string {
    return execFileSync("npm", args, { cwd: directory, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
}
