import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureToolchain, VERSIONS } from "../../tools/toolchain";
import { builtDirectory, duration, GO_SOURCES } from "../../tools/toolchain/build";
import { cacheDirectory } from "../../tools/toolchain/cache";
import type { RECIPES } from "../../tools/toolchain/parts";
import { atLeast } from "../../tools/toolchain/versions";
import { World } from "./world";

describe("toolchain: the cache", () => {
    it("has its place by the first of three rules that applies", () => {
        const HOME = "/home/me";
        assert.equal(cacheDirectory({ HOME, XDG_CACHE_HOME: "/x", PULUMI_DATA_SERVICES_CACHE: "/mine" }, true), "/mine");
        assert.equal(cacheDirectory({ HOME, XDG_CACHE_HOME: "/x" }, true), "/x/pulumi-data-services");
        assert.equal(cacheDirectory({ HOME }, true), "/var/cache/pulumi-data-services");
        assert.equal(cacheDirectory({ HOME }, false), "/home/me/.cache/pulumi-data-services");
    });

    describe("keys", () => {
        let sources: string;
        beforeEach(() => {
            sources = mkdtempSync(join(tmpdir(), "toolchain-key-"));
            cpSync(GO_SOURCES, sources, { recursive: true });
        });
        afterEach(() => rmSync(sources, { recursive: true, force: true }));
        const key = (part: keyof typeof RECIPES) => builtDirectory(part, "/cache", sources);

        it("name part, version and platform", () => {
            const pattern = new RegExp(`^/cache/built/pulumi-${VERSIONS.pulumi}-[0-9a-f]{12}-${process.platform}-${process.arch}$`);
            assert.match(key("pulumi"), pattern);
        });

        it("don't depend on where the checkout is", () => {
            for (const part of ["pulumi", "random", "postgresql", "kubernetes"] as const) assert.equal(key(part), builtDirectory(part, "/cache"));
        });

        it("change with a source, a pinned module or a file's name, for the parts made of it", () => {
            const before = [key("pulumi"), key("kubernetes")];
            const main = join(sources, "language-nodejs", "main.go");
            writeFileSync(main, `${readFileSync(main, "utf8")}\n`);
            const edited = [key("pulumi"), key("kubernetes")];
            assert.notEqual(edited[0], before[0]);
            assert.equal(edited[1], before[1]);
            renameSync(main, join(sources, "language-nodejs", "other.go"));
            assert.notEqual(key("pulumi"), edited[0]);
            writeFileSync(join(sources, "kubernetes", "go.sum"), "");
            assert.notEqual(key("kubernetes"), before[1]);
        });
    });

    it("makes a warm start cheap: under 50 ms", async () => {
        const world = new World();
        try {
            world.npmWithoutInternet();
            world.go();
            await ensureToolchain(["pulumi", "random", "postgresql", "kubernetes"], world.options);
            const taken: number[] = [];
            for (let i = 0; i < 5; i++) {
                const begun = performance.now();
                await ensureToolchain(["pulumi"], world.options);
                taken.push(performance.now() - begun);
            }
            assert.ok(Math.min(...taken) < 50, `${taken}`);
        } finally {
            world.remove();
        }
    });
});

describe("toolchain: versions", () => {
    it("compares numbers, not letters", () => {
        for (const version of ["3.202.0", "v3.202.0", "3.1000.0", "4.0.0", "3.202.1-dev.0+abc"]) assert.ok(atLeast(version, "3.202.0"), version);
        for (const version of ["3.201.99", "v3.99.0", "2.999.0", "", "dev"]) assert.ok(!atLeast(version, "3.202.0"), version);
    });

    it("agree with package.json and the Go modules", () => {
        const { devDependencies } = JSON.parse(readFileSync(join(GO_SOURCES, "..", "..", "..", "package.json"), "utf8"));
        assert.equal(devDependencies["@pulumi/pulumi"], VERSIONS.pulumi);
        assert.equal(devDependencies["@pulumi/kubernetes"], VERSIONS.kubernetes);
        assert.match(readFileSync(join(GO_SOURCES, "pulumi", "go.mod"), "utf8"), new RegExp(`pulumi/pkg/v3 v${VERSIONS.pulumi}\n`));
        assert.match(readFileSync(join(GO_SOURCES, "language-nodejs", "go.mod"), "utf8"), new RegExp(`pulumi/sdk/v3 v${VERSIONS.pulumi}\n`));
    });

    it("are told in minutes and seconds", () => {
        assert.deepEqual([0, 59_400, 60_000, 90_000, 605_000].map(duration), ["0s", "59s", "1m00s", "1m30s", "10m05s"]);
    });
});
