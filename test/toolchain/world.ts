import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { VERSIONS } from "../../tools/toolchain";

/** A directory with commands of our own making as the whole PATH, and a cache that starts empty. */
export class World {
    readonly root = mkdtempSync(join(tmpdir(), "toolchain-test-"));
    readonly cache = join(this.root, "cache");
    readonly env = { PATH: join(this.root, "bin"), HOME: this.root, PULUMI_DATA_SERVICES_CACHE: this.cache };
    readonly lines: string[] = [];
    readonly options = { env: this.env, progress: (line: string) => void this.lines.push(line) };

    /** A command that notes each call and then does what the shell lines say. */
    command(name: string, script: string, directory = "bin"): string {
        const path = join(this.root, directory, name);
        mkdirSync(dirname(path), { recursive: true });
        writeFileSync(path, `#!/bin/sh\nPATH=/usr/bin:/bin\necho "$*" >> "${this.log(name)}"\n${script}\n`);
        chmodSync(path, 0o755);
        return path;
    }

    /** The arguments of each call of a command. */
    calls(name: string): string[] {
        try {
            return readFileSync(this.log(name), "utf8").trim().split("\n");
        } catch {
            return [];
        }
    }

    pulumi(version: string, { languageHost = true, directory = "bin" } = {}): string {
        if (languageHost) this.command("pulumi-language-nodejs", "exit 1", directory);
        return this.command("pulumi", `echo v${version}`, directory);
    }

    /** An npm whose package `pulumi` downloads a CLI. */
    npm(): void {
        const run = `
            const { mkdirSync, writeFileSync } = require("node:fs");
            const bin = process.env.PULUMI_HOME + "/versions/${VERSIONS.pulumi}/bin";
            mkdirSync(bin, { recursive: true });
            writeFileSync(bin + "/pulumi", "#!/bin/sh", { mode: 0o755 });`;
        this.command("npm", `mkdir -p "$3/node_modules/pulumi" && cat > "$3/node_modules/pulumi/run.js" <<'END'\n${run}\nEND`);
    }

    npmWithoutInternet(): void {
        this.command("npm", 'echo "npm error network unreachable" >&2; exit 1');
    }

    /** A go that makes what it is asked for, or runs other lines instead. */
    go(build = 'echo made > "$out"'): void {
        mkdirSync(join(this.root, "module", "cmd", "pulumi-resource-kubernetes"), { recursive: true });
        for (const file of ["schema.json", "terraform-mapping.json"]) {
            writeFileSync(join(this.root, "module", "cmd", "pulumi-resource-kubernetes", file), "{}");
        }
        this.command(
            "go",
            `if [ "$1" = mod ]; then echo '{ "Dir": "${this.root}/module" }'; exit; fi
            while [ "$#" -gt 0 ]; do [ "$1" = -o ] && out=$2; shift; done
            ${build}`,
        );
    }

    remove(): void {
        rmSync(this.root, { recursive: true, force: true });
    }

    private log(name: string): string {
        return join(this.root, `${name}.calls`);
    }
}
