import type { Toolchain } from "../toolchain";
import { compare, type Figure, seconds } from "./measure";
import { Project } from "./project";

const count = 100;

const ours = `
import { ManagedDatabase } from "pulumi-data-services";
for (let i = 0; i < ${count}; i++) {
    new ManagedDatabase(\`database-\${i}\`, { version: "17", durability: "ephemeral" });
}
`;

/** The same resources with the same inputs, registered with nothing but \`@pulumi/pulumi\`. */
const byHand = `
import * as pulumi from "@pulumi/pulumi";

class Hosted extends pulumi.CustomResource {
    constructor(type: string, provider: string, name: string, props: pulumi.Inputs, opts: pulumi.CustomResourceOptions) {
        const source = \`exports.handler = () => require("pulumi-data-services/host").provider("\${provider}");\`;
        super(\`pulumi-nodejs:dynamic/data-services:\${type}\`, name, { ...props, __provider: source }, opts);
    }
}

for (let i = 0; i < ${count}; i++) {
    const name = \`database-\${i}\`;
    const path = \`database_\${i}\`;
    const component = new pulumi.ComponentResource("data-services:index:ManagedDatabase", name, { backend: "local", kind: "database", version: "17", size: "small", durability: "ephemeral" });
    const opts = { parent: component };
    const identity = new Hosted("Identity", "identity", \`\${name}-identity\`, { service: name, kind: "database", backend: "local", version: "17", storageGb: 20, durability: "ephemeral", path, allowDataLoss: [], instanceId: undefined }, opts) as any;
    const server = new Hosted("LocalServer", "local-server", name, {
        engine: "postgresql", path, project: pulumi.getProject(), stack: pulumi.getStack(), service: name, instanceId: identity.instanceId, version: "17",
        durability: "ephemeral", cpu: 1, memoryGb: 2, settings: {}, directory: undefined, host: undefined, actualPort: undefined, actualVersion: undefined,
        certificates: undefined, certificatesFile: undefined,
    }, opts) as any;
    const user = new Hosted("LocalUser", "local-user", \`\${name}-user\`, { engine: "postgresql", path, directory: server.directory, username: path, access: "readwrite", password: undefined }, { ...opts, additionalSecretOutputs: ["password"] }) as any;
    component.registerOutputs({ host: server.host, port: server.actualPort, password: pulumi.secret(user.password) });
}
`;

/** \`pulumi preview\` of 100 new databases against the same resources registered by hand. */
export async function preview({ pulumi, env }: Toolchain): Promise<Figure> {
    const projects = [ours, byHand].map((program) => new Project(pulumi, { ...env, PULUMI_NODEJS_TRANSPILE_ONLY: "true" }, program)) as [Project, Project];
    try {
        for (const project of projects) {
            project.init();
        }
        const time = (project: Project) => () => seconds(() => project.run("preview"));
        return await compare(`preview-${count}`, 1.1, "s", 5, time(projects[0]), time(projects[1]));
    } finally {
        for (const project of projects) {
            project.remove();
        }
    }
}
