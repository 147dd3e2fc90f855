import { VERSIONS } from "./versions";

/** `pulumi` is the CLI with the Node language host and the dynamic-provider host. */
export type Part = "pulumi" | "random" | "postgresql" | "kubernetes" | "aws";

/** One `go build`. */
export interface Binary {
    /** The folder under `go/` with go.mod and go.sum. */
    readonly module: string;
    readonly package: string;
    readonly output: string;
    /** Variables that the linker sets. */
    readonly variables: Readonly<Record<string, string>>;
}

export interface Recipe {
    readonly title: string;
    readonly version: string;
    /** What a first build took on two cores: for the progress lines. */
    readonly minutes: number;
    readonly binaries: readonly Binary[];
    /** Files of `hosts/` that go beside the binaries. */
    readonly hosts: readonly string[];
    /** Files that a dependency publishes and a main embeds, copied beside that main before it compiles. */
    readonly embeds?: { readonly module: string; readonly from: string; readonly files: readonly string[] };
}

export const RECIPES: Readonly<Record<Part, Recipe>> = {
    pulumi: {
        title: "the Pulumi CLI",
        version: VERSIONS.pulumi,
        minutes: 7,
        binaries: [
            {
                module: "pulumi",
                package: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                output: "pulumi",
                variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": `v${VERSIONS.pulumi}` },
            },
            {
                module: "language-nodejs",
                package: ".",
                output: "pulumi-language-nodejs",
                variables: { "main.version": VERSIONS.pulumi },
            },
        ],
        hosts: ["pulumi-resource-pulumi-nodejs", "exit-with-parent.cjs"],
    },
    random: bridged("random"),
    postgresql: bridged("postgresql"),
    kubernetes: {
        title: "the kubernetes plugin",
        version: VERSIONS.kubernetes,
        minutes: 10,
        binaries: [
            {
                module: "kubernetes",
                package: ".",
                output: "pulumi-resource-kubernetes",
                variables: { "main.version": VERSIONS.kubernetes },
            },
        ],
        hosts: [],
        embeds: {
            module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
            from: "cmd/pulumi-resource-kubernetes",
            files: ["schema.json", "terraform-mapping.json"],
        },
    },
    aws: {
        title: "the aws plugin",
        version: VERSIONS.aws,
        minutes: 31,
        binaries: [
            {
                module: "aws",
                package: ".",
                output: "pulumi-resource-aws",
                variables: { "main.version": VERSIONS.aws },
            },
        ],
        hosts: [],
    },
};

function bridged(name: "random" | "postgresql"): Recipe {
    return {
        title: `the ${name} plugin`,
        version: VERSIONS[name],
        minutes: 3,
        binaries: [
            {
                module: "terraform",
                package: `./cmd/${name}`,
                output: `pulumi-resource-${name}`,
                variables: { "main.version": VERSIONS[name] },
            },
        ],
        hosts: [],
    };
}
