import assert from "node:assert/strict";
import { existsSync, readdirSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { ensureToolchain, ToolchainError } from "../../tools/toolchain";
import { World } from "./world";

describe("toolchain: where the Pulumi CLI comes from", () => {
    let world: World;
    beforeEach(() => {
        world = new World();
    });
    afterEach(() => world.remove());

    describe("the PATH", () => {
        it("comes first, and changes nothing but the update check", async () => {
            const pulumi = world.pulumi("3.202.0");
            world.npm();
            world.go();
            const found = await ensureToolchain(["pulumi", "random"], world.options);
            assert.deepEqual(found, { source: "path", pulumi, env: { PULUMI_SKIP_UPDATE_CHECK: "true" } });
            assert.deepEqual([world.calls("npm"), world.calls("go")], [[], []]);
        });

        it("is asked for its version once, until the file changes", async () => {
            const pulumi = world.pulumi("3.250.0");
            await ensureToolchain(["pulumi"], world.options);
            await ensureToolchain(["pulumi"], world.options);
            assert.deepEqual(world.calls("pulumi"), ["version"]);
            utimesSync(pulumi, new Date(), new Date(1_000_000_000));
            await ensureToolchain(["pulumi"], world.options);
            assert.equal(world.calls("pulumi").length, 2);
        });

        it("is passed over when the CLI is too old", async () => {
            world.pulumi("3.201.9");
            world.npm();
            assert.equal((await ensureToolchain(["pulumi"], world.options)).source, "npm");
        });

        it("is passed over without a language host", async () => {
            world.pulumi("3.250.0", { languageHost: false });
            world.npm();
            assert.equal((await ensureToolchain(["pulumi"], world.options)).source, "npm");
        });

        it("may hold a good CLI behind a bad one", async () => {
            world.pulumi("3.100.0");
            const good = world.pulumi("3.260.1", { directory: "other" });
            const env = { ...world.env, PATH: `${world.env.PATH}:${join(world.root, "other")}` };
            assert.equal((await ensureToolchain(["pulumi"], { ...world.options, env })).pulumi, good);
        });
    });

    describe("the npm package", () => {
        it("puts the official CLI into the cache and first on the PATH", async () => {
            world.npm();
            world.go();
            const found = await ensureToolchain(["pulumi", "kubernetes"], world.options);
            assert.equal(found.source, "npm");
            assert.ok(found.pulumi.startsWith(world.cache));
            assert.equal(found.env.PATH, `${join(found.pulumi, "..")}:${world.env.PATH}`);
            assert.deepEqual(world.calls("go"), []);
        });

        it("is not asked again once it has delivered", async () => {
            world.npm();
            await ensureToolchain(["pulumi"], world.options);
            await ensureToolchain(["pulumi"], world.options);
            assert.equal(world.calls("npm").length, 1);
        });

        it("is not asked again for a while after it failed", async () => {
            world.npmWithoutInternet();
            world.go();
            await ensureToolchain(["pulumi"], world.options);
            await ensureToolchain(["pulumi"], world.options);
            assert.equal(world.calls("npm").length, 1);
            assert.ok(world.lines.includes("no official Pulumi CLI: npm error network unreachable"), world.lines.join("\n"));
        });
    });

    describe("the build", () => {
        beforeEach(() => world.npmWithoutInternet());

        it("makes the CLI, its language host and the dynamic-provider host, in one directory", async () => {
            world.go();
            const found = await ensureToolchain(["pulumi"], world.options);
            assert.equal(found.source, "built");
            const files = readdirSync(join(found.pulumi, "..")).sort();
            assert.deepEqual(files, ["exit-with-parent.cjs", "pulumi", "pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"]);
            assert.equal(found.env.PULUMI_IGNORE_AMBIENT_PLUGINS, "false");
            assert.ok(world.lines.some((line) => /^building the Pulumi CLI 3\.\d+\.\d+ from Go modules, about 7 minutes .* 0s$/.test(line)));
        });

        it("makes only the plugins asked for, each in a directory of its own", async () => {
            world.go();
            const found = await ensureToolchain(["postgresql", "kubernetes"], world.options);
            const directories = found.env.PATH?.split(":") ?? [];
            assert.deepEqual(
                directories.slice(0, 3).map((directory) => /built\/(\w+)-/.exec(directory)?.[1]),
                ["pulumi", "postgresql", "kubernetes"],
            );
            assert.deepEqual(readdirSync(directories[1] ?? ""), ["pulumi-resource-postgresql"]);
            assert.equal(world.calls("go").filter((call) => call.startsWith("build")).length, 4);
        });

        it("happens once, and leaves no scratch directory", async () => {
            world.go();
            const first = await ensureToolchain(["pulumi", "random"], world.options);
            const calls = world.calls("go").length;
            assert.deepEqual(await ensureToolchain(["pulumi", "random"], world.options), first);
            assert.equal(world.calls("go").length, calls);
            assert.deepEqual(
                readdirSync(join(world.cache, "built")).filter((name) => name.startsWith("unfinished")),
                [],
            );
        });

        it("happens once when two runs start together", async () => {
            world.go('sleep 0.3; echo made > "$out"');
            const two = await Promise.all([1, 2].map(() => ensureToolchain(["pulumi"], world.options)));
            assert.deepEqual(two[0], two[1]);
            assert.equal(world.calls("go").length, 2);
            assert.ok(world.lines.some((line) => line.startsWith("waiting for another process")));
        });

        it("is found again by a process that has it on the PATH", async () => {
            world.go();
            const first = await ensureToolchain(["pulumi", "random"], world.options);
            const env = { ...world.env, ...first.env };
            assert.deepEqual(await ensureToolchain(["pulumi", "random"], { ...world.options, env }), first);
        });

        it("pins every module and keeps the user's Go settings out", async () => {
            world.go('test "$CGO_ENABLED$GOWORK$GOFLAGS" = 0off && echo made > "$out"');
            await ensureToolchain(["pulumi"], { ...world.options, env: { ...world.env, GOFLAGS: "-mod=mod", CGO_ENABLED: "1" } });
            for (const call of world.calls("go")) assert.match(call, /^build -mod=readonly -trimpath /);
        });

        it("shows the end of what the compiler said when it fails, and keeps nothing", async () => {
            world.go('for i in $(seq 1 60); do echo "line $i"; done; echo "main.go:7:1: syntax error" >&2; exit 1');
            await assert.rejects(ensureToolchain(["pulumi"], world.options), (error: Error) => {
                assert.ok(error instanceof ToolchainError);
                assert.match(error.message, /building the Pulumi CLI .* failed: go build /);
                assert.match(error.message, /line 60\n +main\.go:7:1: syntax error/);
                assert.doesNotMatch(error.message, /line 10\n/);
                return true;
            });
            assert.deepEqual(readdirSync(join(world.cache, "built")), []);
            assert.equal(existsSync(join(world.cache, "locks", "pulumi")), false);
        });
    });

    it("says all that was tried and what to install when there is no way", async () => {
        const old = world.pulumi("3.100.0");
        world.npmWithoutInternet();
        await assert.rejects(ensureToolchain(["pulumi"], world.options), {
            name: "ToolchainError",
            message: [
                "There is no Pulumi CLI to use. Tried, in this order:",
                `  1. pulumi on the PATH: ${old} is v3.100.0, and 3.202.0 is the oldest that works`,
                "  2. the npm package pulumi@3.250.0, which downloads the official CLI: npm error network unreachable",
                "  3. a build from Go modules: go isn't on the PATH",
                "Any one of these is enough; install one and run this again:",
                "  - the Pulumi CLI, 3.202.0 or newer: https://www.pulumi.com/docs/install/",
                "  - Go, 1.25 or newer, to build it (about 7 minutes, once): https://go.dev/dl/",
            ].join("\n"),
        });
    });
});
