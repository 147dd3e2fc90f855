import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../paths";

/** A Pulumi project in a temporary directory with a file state of its own. */
export class Project {
    readonly directory = mkdtempSync(join(tmpdir(), "data-services-bench-"));
    private readonly pulumi: string;
    private readonly env: NodeJS.ProcessEnv;

    constructor(pulumi: string, env: NodeJS.ProcessEnv, program: string) {
        this.pulumi = pulumi;
        const state = join(this.directory, "state");
        mkdirSync(state);
        this.env = { ...process.env, ...env, PULUMI_BACKEND_URL: `file://${state}`, PULUMI_CONFIG_PASSPHRASE: "bench" };
        this.write("Pulumi.yaml", "name: bench\nruntime: nodejs\n");
        this.write("package.json", '{ "name": "bench", "private": true, "main": "index.ts" }\n');
        this.write("index.ts", program);
        symlinkSync(join(root, "node_modules"), join(this.directory, "node_modules"));
    }

    init(): void {
        this.run("stack", "init", "bench");
    }

    write(file: string, text: string): void {
        writeFileSync(join(this.directory, file), text);
    }

    run(...args: string[]): string {
        const { status, stdout, stderr } = spawnSync(this.pulumi, [...args, "--non-interactive"], { cwd: this.directory, env: this.env, encoding: "utf8" });
        if (status !== 0) {
            throw new Error(`pulumi ${args.join(" ")} failed:\n${stdout}${stderr}`);
        }
        return stdout;
    }

    remove(): void {
        rmSync(this.directory, { recursive: true, force: true });
    }
}
