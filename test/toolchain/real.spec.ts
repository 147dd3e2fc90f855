import assert from "node:assert/strict";
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { ensureToolchain, type Part, type Toolchain, VERSIONS } from "../../tools/toolchain";

const exec = promisify(execFile);
const NODE_MODULES = join(__dirname, "..", "..", "node_modules");

const DYNAMIC = `
import * as pulumi from "@pulumi/pulumi";
class Doubler implements pulumi.dynamic.ResourceProvider {
    async create({ n, wait }: { n: number; wait: number }) {
        await new Promise((done) => setTimeout(done, wait ?? 0));
        return { id: "one", outs: { n: n * 2 } };
    }
}
class Double extends pulumi.dynamic.Resource {
    declare readonly n: pulumi.Output<number>;
    constructor(name: string, props: { n: pulumi.Input<number>; wait?: number }) { super(new Doubler(), name, props); }
}`;

const PROGRAM = `${DYNAMIC}
import * as random from "@pulumi/random";
const config = new pulumi.Config();
export const doubled = new Double("double", { n: config.requireNumber("n") }).n;
export const password = new random.RandomPassword("password", { length: 24, special: false, numeric: false, minUpper: 2 }).result;
export const secret = config.requireSecret("secret");`;

const SLOW = `${DYNAMIC}
import * as random from "@pulumi/random";
const pet = new random.RandomPet("pet");
new Double("slow", { n: pet.id.apply((id) => id.length), wait: 120_000 });`;

const COMPONENT = `
import * as pulumi from "@pulumi/pulumi";
export interface TinyArgs { count: pulumi.Input<number>; }
export class Tiny extends pulumi.ComponentResource {
    public readonly twice: pulumi.Output<number>;
    constructor(name: string, args: TinyArgs, opts?: pulumi.ComponentResourceOptions) {
        super("tiny:index:Tiny", name, args, opts);
        this.twice = pulumi.output(args.count).apply((count) => count * 2);
        this.registerOutputs({ twice: this.twice });
    }
}`;

const POLICIES = `
import * as pulumi from "@pulumi/pulumi";
import { PolicyPack } from "@pulumi/policy";
const forbidden = new pulumi.Config("p").requireNumber("n");
new PolicyPack("pack", { policies: [{
    name: "no-such-number", description: "One number is forbidden.", enforcementLevel: "mandatory",
    validateResource: ({ props }, report) => { if (props.n === forbidden) report("found " + forbidden + " in " + pulumi.getStack()); },
}] });`;

describe("toolchain: the real one", function () {
    this.timeout(120_000);
    let toolchain: Toolchain;
    let root: string;
    let env: NodeJS.ProcessEnv;

    before(async function () {
        this.timeout(45 * 60_000);
        toolchain = await ensureToolchain(["pulumi", "random", "postgresql", "kubernetes"]);
        root = mkdtempSync(join(tmpdir(), "toolchain-real-"));
        mkdirSync(join(root, "state"));
        env = {
            ...process.env,
            ...toolchain.env,
            PULUMI_HOME: join(root, "home"),
            PULUMI_BACKEND_URL: `file://${join(root, "state")}`,
            PULUMI_CONFIG_PASSPHRASE: "test",
        };
    });
    after(() => root && rmSync(root, { recursive: true, force: true }));

    const directory = (name: string, manifest: string, index: string): string => {
        const path = join(root, name);
        mkdirSync(path, { recursive: true });
        const files = {
            [manifest]: `name: ${name}\nruntime: nodejs\ndescription: For a test.\n`,
            "package.json": JSON.stringify({ name, version: "0.1.0", main: "index.ts" }),
            "tsconfig.json": JSON.stringify({
                compilerOptions: { strict: true, target: "es2022", module: "commonjs", moduleResolution: "node" },
                files: ["index.ts"],
            }),
            "index.ts": index,
        };
        for (const [file, content] of Object.entries(files)) writeFileSync(join(path, file), content);
        symlinkSync(NODE_MODULES, join(path, "node_modules"));
        return path;
    };

    const pulumi = async (cwd: string, ...args: string[]): Promise<string> => (await exec(toolchain.pulumi, args, { cwd, env, maxBuffer: 64 << 20 })).stdout;

    const stack = async (cwd: string): Promise<void> => {
        await pulumi(cwd, "stack", "init", "dev");
        await pulumi(cwd, "config", "set", "n", "21");
        await pulumi(cwd, "config", "set", "--secret", "secret", "hush");
    };

    it("tells its version", async () => {
        const version = (await pulumi(root, "version")).trim();
        if (toolchain.source === "path") assert.match(version, /^v3\./);
        else assert.equal(version, `v${VERSIONS.pulumi}`);
    });

    it("brings up a TypeScript program with config, secrets, a dynamic resource and a random password", async () => {
        const program = directory("p", "Pulumi.yaml", PROGRAM);
        await stack(program);
        const shown = await pulumi(program, "up", "--yes", "--non-interactive", "--skip-preview");
        assert.doesNotMatch(shown, /is expected to have version/);
        const outputs = JSON.parse(await pulumi(program, "stack", "output", "--json", "--show-secrets"));
        assert.equal(outputs.doubled, 42);
        assert.equal(outputs.secret, "hush");
        assert.match(outputs.password, /^[A-Za-z]{24}$/);
        await pulumi(program, "up", "--yes", "--non-interactive", "--skip-preview", "--expect-no-changes");
    });

    it("stops a preview by a policy pack, which knows its stack", async () => {
        const pack = directory("pack", "PulumiPolicy.yaml", POLICIES);
        await assert.rejects(pulumi(join(root, "p"), "preview", "--non-interactive", "--policy-pack", pack), ({ stdout }) => {
            assert.match(stdout, /\[mandatory\] +no-such-number/);
            assert.match(stdout, /found 21 in dev/);
            return true;
        });
    });

    it("describes a component package", async () => {
        const schema = JSON.parse(await pulumi(directory("tiny", "PulumiPlugin.yaml", COMPONENT), "package", "get-schema", "."));
        assert.deepEqual(schema.resources["tiny:index:Tiny"].requiredInputs, ["count"]);
    });

    const answers: [Exclude<Part, "pulumi">, string][] = [
        ["random", "random:index/randomPassword:RandomPassword"],
        ["postgresql", "postgresql:index/role:Role"],
        ["kubernetes", "kubernetes:apps/v1:StatefulSet"],
    ];
    for (const [part, token] of answers) {
        it(`has a ${part} plugin that knows ${token}`, async () => {
            const plugin = toolchain.env.PATH?.split(":").find((path) => path.includes(`/built/${part}-`));
            const source = plugin ? join(plugin, `pulumi-resource-${part}`) : part;
            const schema = JSON.parse(await pulumi(root, "package", "get-schema", source));
            assert.ok(schema.resources[token]);
            if (plugin) assert.equal(schema.version, VERSIONS[part]);
        });
    }

    it("reports a program that fails as failed, once", async () => {
        const program = directory("broken", "Pulumi.yaml", "throw new Error('no luck');");
        await pulumi(program, "stack", "init", "dev");
        await assert.rejects(pulumi(program, "preview", "--non-interactive"), ({ stdout }) => {
            assert.equal(stdout.match(/no luck/g)?.length, 1, stdout);
            return true;
        });
    });

    it("leaves no process behind when `pulumi up` is killed", async function () {
        if (toolchain.source !== "built") this.skip(); // the official hosts take minutes to notice
        const program = directory("slow", "Pulumi.yaml", SLOW);
        await stack(program);
        const pack = directory("slow-pack", "PulumiPolicy.yaml", POLICIES.replace(/new pulumi.*requireNumber.*$/m, "1;"));
        const args = ["up", "--yes", "--non-interactive", "--skip-preview", "--policy-pack", pack];
        const up: ChildProcess = spawn(toolchain.pulumi, args, { cwd: program, env, stdio: ["ignore", "pipe", "inherit"] });
        const creating = new Promise<void>((resolve, reject) => {
            let shown = "";
            up.stdout?.on("data", (text) => {
                shown += text;
                if (/Resource slow creating/.test(shown)) resolve();
            });
            up.on("exit", () => reject(new Error(`ended too soon:\n${shown}`)));
        });
        await creating;
        const children = await descendants(up.pid ?? 0);
        // The language host, the program, the policy pack, the dynamic-provider host, the random plugin.
        assert.ok(children.length >= 5, JSON.stringify(children));
        up.kill("SIGKILL");
        for (const deadline = Date.now() + 10_000; Date.now() < deadline && children.some(isAlive); ) await sleep(100);
        assert.deepEqual(children.filter(isAlive), []);
    });
});

async function descendants(pid: number): Promise<number[]> {
    const { stdout } = await exec("ps", ["-A", "-o", "pid=,ppid="]);
    const pairs = stdout
        .trim()
        .split("\n")
        .map((line) => line.trim().split(/\s+/).map(Number));
    const below = (parent: number): number[] => pairs.filter(([, ppid]) => ppid === parent).flatMap(([child = 0]) => [child, ...below(child)]);
    return below(pid);
}

function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch {
        return false;
    }
}
