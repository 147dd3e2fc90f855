import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { root } from "../paths";
import type { Toolchain } from "../toolchain";
import { compare, type Figure, seconds } from "./measure";
import { Project } from "./project";

const count = 100;

const program = (services: number) => `
import { ManagedDatabase } from "pulumi-data-services";
for (let i = 0; i < ${services}; i++) {
    new ManagedDatabase(\`database-\${i}\`, { version: "17", durability: "ephemeral" });
}
`;

const nothing = `
const { PolicyPack } = require("@pulumi/policy");
new PolicyPack("empty", { policies: [] });
`;

/** `pulumi preview` of 100 new databases under all three packs, served as one, against the same under an empty pack. */
export async function policies(toolchain: Toolchain): Promise<Figure> {
    return against(toolchain, `policy-${count}`, 1.15, 5, program(count), ["all"]);
}

/** `pulumi preview` of an empty program under one pack against the same under an empty pack: what it takes to load a pack. */
export async function policyLoad(toolchain: Toolchain): Promise<Figure> {
    return against(toolchain, "policy-load", 1.2, 7, "export const nothing = true;\n", ["security"]);
}

async function against(toolchain: Toolchain, name: string, limit: number, rounds: number, text: string, packs: readonly string[]): Promise<Figure> {
    const project = new Project(toolchain.pulumi, { ...toolchain.env, PULUMI_NODEJS_TRANSPILE_ONLY: "true" }, text);
    try {
        project.init();
        mkdirSync(join(project.directory, "empty"));
        project.write("empty/PulumiPolicy.yaml", "runtime: { name: nodejs, options: { typescript: false } }\n");
        project.write("empty/package.json", '{ "name": "empty", "version": "1.0.0", "main": "index.js" }\n');
        project.write("empty/index.js", nothing);
        const time = (folders: readonly string[]) => () => seconds(() => project.run("preview", ...folders.flatMap((folder) => ["--policy-pack", folder])));
        return await compare(name, limit, "s", rounds, time(packs.map((pack) => join(root, "policies", pack))), time(["empty"]));
    } finally {
        project.remove();
    }
}
