import { readFileSync } from "node:fs";
import { withSsh } from "../../providers/remote/ssh";
import { ensureHost } from "../hosts";
import type { Toolchain } from "../toolchain";
import { compare, type Figure, seconds } from "./measure";
import { Project } from "./project";

/** A number that no tests use. */
const slot = 240;

const services = `
import { ManagedCache } from "pulumi-data-services";
for (let i = 0; i < 10; i++) {
    new ManagedCache("cache-" + i, { size: "nano", storageGb: 0.1, durability: "ephemeral" });
}
`;

/**
 * An `up` with nothing to do of ten services on a host, against an empty program's and one round trip over SSH: the least that somebody would need who
 * asks the host at all. Nothing where there can be no test host.
 */
export async function vmNoopUp({ pulumi, env }: Toolchain): Promise<Figure | Figure[]> {
    const answer = await ensureHost({ slot, release: "trixie" });
    if ("reason" in answer) {
        console.error(`vm-noop-up isn't measured: ${answer.reason}`);
        return [];
    }
    const { address, port, user, privateKeyFile, hostKey, process: host } = answer.host;
    const [ours, theirs] = [new Project(pulumi, env, services), new Project(pulumi, env, "export const nothing = true;\n")];
    try {
        for (const project of [ours, theirs]) {
            project.init();
        }
        ours.write("Pulumi.bench.yaml", configOf(ours, { cache: { vm: { address, user, privateKeyFile, hostKey } } }));
        ours.run("up", "--yes", "--skip-preview");
        theirs.run("up", "--yes", "--skip-preview");
        const target = { host: address, port, user, hostKey, privateKey: readFileSync(privateKeyFile, "utf8") };
        const figure = await compare(
            "vm-noop-up",
            2,
            "s",
            3,
            () => seconds(() => ours.run("up", "--yes", "--skip-preview")),
            () =>
                seconds(async () => {
                    theirs.run("up", "--yes", "--skip-preview");
                    await withSsh(target, ({ exec }) => exec("true"));
                }),
        );
        ours.run("destroy", "--yes", "--skip-preview");
        return figure;
    } finally {
        ours.remove();
        theirs.remove();
        await host.stop(true);
    }
}

/** The stack's file, with its salt as it is. */
function configOf({ directory }: Project, environment: object): string {
    const salt = readFileSync(`${directory}/Pulumi.bench.yaml`, "utf8");
    return `${salt}config:\n  data-services:environment: ${JSON.stringify(environment)}\n`;
}
