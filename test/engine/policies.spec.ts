import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packs } from "../../policies/rule";
import { ruleIds } from "../../policies/rules";
import { goodInstance, insecureDefaults, type Planned, secret } from "../policies/insecure-defaults";
import { assertIncludes } from "../support/assertions";
import { RecordedAccount, SUBNETS } from "../support/aws/account";
import { checkout, type Finished, Project } from "../support/engine";
import { databaseProgram } from "../support/programs";

const folder = (pack: string) => join("node_modules", "pulumi-data-services", "policies", pack);
const withPacks = (...names: readonly string[]) => names.flatMap((name) => ["--policy-pack", folder(name)]);

/** What the planted secrets are, and the passwords of the insecure program. */
const secrets = [secret, "changeMePlease"];

/**
 * Plain resources of a program, without any SDK. Those of RDS and EC2 are planned by the recording provider; the engine shows the inputs of components to policies
 * too, so the others are components here, which need no plugin, no cluster and no account.
 */
function plainProgram(resources: readonly Planned[]): string {
    return `
import * as pulumi from "@pulumi/pulumi";
for (const { type, name, props, protect } of ${JSON.stringify(resources)} as any[]) {
    if (/^aws:(rds|ec2)/.test(type)) {
        new pulumi.CustomResource(type, name, props, { protect });
    } else {
        new pulumi.ComponentResource(type, name, props, { protect });
    }
}
`;
}

function policiesOf({ output }: Finished): string {
    return output.slice(output.indexOf("Policies:"));
}

function assertSilent({ output }: Finished): void {
    assert.doesNotMatch(output, /\[(mandatory|advisory)\]/, output);
}

describe("policy packs", function () {
    this.timeout(300_000);
    const account = new RecordedAccount();
    const shipped = insecureDefaults.flatMap((one) => one.shipped);
    const project = new Project({ program: plainProgram(shipped), env: account.env });
    after(() => project.remove());

    for (const pack of packs.filter((name) => name !== "cost")) {
        it(`${pack}: finds every insecure default, in clear words, and prints no secret`, async () => {
            project.program(plainProgram(shipped));
            const finished = await project.fails("preview", { stack: "prod", args: withPacks(pack) });
            const report = policiesOf(finished);
            const ids: readonly string[] = ruleIds[pack];
            for (const { where, found, shipped: resources } of insecureDefaults) {
                for (const id of found.filter((one) => ids.includes(one))) {
                    const entries = report
                        .split(/^ +- \[/m)
                        .filter((entry) => entry.includes(`  ${id}  (`) && resources.some(({ name }) => entry.includes(`: ${name})`)));
                    assert.notEqual(entries.length, 0, `${id} of ${where} in:\n${report}`);
                    assertIncludes(entries[0] as string, "Why: ", "Fix: ", `Exempt: {"${id}":{"exemptions":[{"resource":`);
                }
            }
            for (const value of secrets) {
                assert.ok(!finished.output.includes(value), value);
            }
        });
    }

    it("say nothing of the same program once it is mended", async () => {
        project.program(plainProgram(insecureDefaults.flatMap((one) => one.mended)));
        assertSilent(await project.preview({ stack: "prod", args: withPacks(...packs) }));
    });

    it("cost: finds what costs too much, by itself and together", async () => {
        const machine = (name: string) => ({ type: "aws:rds/instance:Instance", name, props: { ...goodInstance, instanceClass: "db.r6g.4xlarge" } });
        project.program(plainProgram([..."abcd"].map(machine)));
        const { output } = await project.fails("preview", { stack: "prod", args: withPacks("cost") });
        assertIncludes(
            output,
            "service-ceiling",
            "2 x db.r6g.4xlarge and storage costs about $26",
            "stack-ceiling",
            "4 services cost about $105",
            "$10000 is the ceiling",
        );
    });

    it("analyze a recorded state, without its program and its passphrase", async () => {
        project.program(plainProgram(shipped.filter(({ name }) => ["kratix", "csb", "csb-parameters"].includes(name))));
        await project.up({ stack: "prod" });
        const file = join(project.directory, "recorded.json");
        writeFileSync(file, JSON.stringify(await project.exportState("prod")));
        await assert.rejects(project.pulumi(["policy", "analyze", "--file", file, ...withPacks("compliance")]), (error: Error) => {
            assertIncludes(error.message, "[mandatory] [severity: critical] backups-retained", "kratix", "backupRetentionPeriod is 0, and 7 is the least");
            return true;
        });
        const ours = join(checkout, "test", "golden", "state", "0.1.0.json");
        assert.doesNotMatch((await project.pulumi(["policy", "analyze", "--file", ours, ...withPacks(...packs)])).output, /\[(mandatory|advisory)\]/);
    });
});

describe("policy packs, on services of this library", function () {
    this.timeout(300_000);
    const insecure = databaseProgram({ size: "xlarge", settings: { fsync: "off" }, bindings: { admin: { username: "postgres", password: "never-shown" } } });
    const project = new Project({ program: insecure });
    after(() => project.remove());

    const configured = (config: object) => {
        project.write("policies.json", JSON.stringify(config));
        return ["--policy-pack-config", "policies.json"];
    };

    it("say nothing of what the program doesn't say", async () => {
        project.program(databaseProgram({}, 'exported.events = new ManagedQueue("events"); exported.sessions = new ManagedCache("sessions");'));
        assertSilent(await project.preview({ args: withPacks(...packs) }));
    });

    it("name the component, and not only its part", async () => {
        project.program(insecure);
        const finished = await project.fails("preview", { args: withPacks("all") });
        assertIncludes(
            policiesOf(finished),
            'LocalUser "orders-admin-user", part of ManagedDatabase "orders": username makes the user "postgres".',
            "unsafe-writes",
            "oversized-class",
        );
        assert.ok(!finished.output.includes("never-shown"));
    });

    it("take levels, parameters and exemptions from the user's file", async () => {
        project.program(insecure);
        const lifted = {
            "no-weak-passwords": { minimumLength: 4 },
            "no-default-users": { exemptions: [{ resource: "orders-*", reason: "a test", expires: "2999-01-01" }] },
        };
        assertSilent(await project.preview({ args: [...withPacks("security"), ...configured(lifted)] }));
        const advisory = await project.preview({ args: [...withPacks("compliance"), ...configured({ all: "advisory" })] });
        assertIncludes(advisory.output, "[advisory] [severity: critical] unsafe-writes");
    });

    it("don't take an exemption without a reason or after its day, and say so", async () => {
        project.program(insecure);
        const config = {
            all: "mandatory",
            "no-weak-passwords": { exemptions: [{ resource: "*" }] },
            "no-default-users": { exemptions: [{ resource: "*", reason: "the move", expires: "2020-06-30" }] },
        };
        const { output } = await project.fails("preview", { args: [...withPacks("security"), ...configured(config)] });
        assertIncludes(output, `The exemption of "*" doesn't count: it gives no reason.`, `The exemption of "*" doesn't count: it expired on 2020-06-30.`);
    });

    it("refuse a parameter of the wrong type before anything runs", async () => {
        const { output } = await project.fails("preview", {
            args: [...withPacks("security"), ...configured({ "no-weak-passwords": { minimumLength: "long" } })],
        });
        assertIncludes(output, "no-weak-passwords", "minimumLength");
    });

    it("stop an update before the resource is made", async () => {
        project.program(insecure);
        await project.fails("up", { args: withPacks("compliance") });
        assert.deepEqual(project.processes(), []);
    });
});

describe("policy packs, on services of this library in AWS", function () {
    this.timeout(300_000);
    const account = new RecordedAccount();
    const aws = { aws: { subnetIds: [...SUBNETS], allowedCidrs: ["10.0.0.0/16"] } };
    const environment = { database: aws, queue: aws, cache: aws, policies: { level: "mandatory" as const } };
    const program = databaseProgram({ size: "small" }, 'exported.events = new ManagedQueue("events"); exported.sessions = new ManagedCache("sessions");');
    const project = new Project({ program, environment, env: account.env });
    after(() => project.remove());

    it("say nothing of the defaults in their first preview, when much isn't known; nor do the environment's policies", async () => {
        const finished = await project.preview({ args: withPacks("all") });
        assertSilent(finished);
        assert.ok(finished.steps.some(({ type }) => type === "Broker"));
    });

    it("find what a transform makes of them", async () => {
        const insecure = `
pulumi.runtime.registerResourceTransform(({ type, props, opts }) =>
    type === "aws:rds/instance:Instance" ? { props: { ...props, publiclyAccessible: true, backupRetentionPeriod: 0 }, opts } : undefined);
`;
        project.program(program.replace("const orders", `${insecure}\nconst orders`));
        const { output } = await project.fails("preview", { args: withPacks("all") });
        assertIncludes(output, 'Instance "orders": publiclyAccessible is true', 'Instance "orders": backupRetentionPeriod is 0, and 7 is the least');
    });
});

describe("policies of the environment", function () {
    this.timeout(300_000);
    const project = new Project({ program: databaseProgram({ settings: { fsync: "off" } }) });
    after(() => project.remove());
    const policies = (more: object) => project.environment(project.local({ policies: { level: "mandatory", ...more } }));

    it("refuse a component before anything is registered", async () => {
        project.program(databaseProgram({ size: "xlarge" }));
        policies({});
        const { output, steps } = await project.fails("preview");
        assertIncludes(
            output,
            `ManagedDatabase "orders" can't be used as written`,
            "[oversized-class]",
            'size is "xlarge" in the stack "dev"',
            "policies.exemptions of the environment",
        );
        assert.deepEqual(
            steps.map(({ type }) => type),
            ["Stack"],
        );
    });

    it("refuse a part of it when it is registered, at preview and in an update", async () => {
        project.program(databaseProgram({ settings: { fsync: "off" } }));
        policies({});
        for (const command of ["preview", "up"] as const) {
            const { output } = await project.fails(command);
            assertIncludes(output, 'LocalServer "orders" breaks policies of the environment', "[unsafe-writes]", 'settings.fsync is "off"');
        }
        assert.deepEqual(project.processes(), []);
    });

    it("warn where they are advisory", async () => {
        project.program(databaseProgram({ settings: { fsync: "off" } }));
        policies({ level: "advisory" });
        assertIncludes((await project.preview()).output, "warning: [unsafe-writes]", 'settings.fsync is "off"');
    });

    it("leave out packs that aren't named, rules that are off, and what is exempt", async () => {
        project.program(databaseProgram({ settings: { fsync: "off" } }));
        for (const lifted of [
            { packs: ["security", "cost"] },
            { config: { "unsafe-writes": { level: "disabled" } } },
            { exemptions: [{ rule: "unsafe-writes", resource: "orders", reason: "a benchmark" }] },
        ]) {
            policies(lifted);
            assert.doesNotMatch((await project.preview()).output, /unsafe-writes/);
        }
    });

    it("say nothing of what the program doesn't say", async () => {
        project.program(databaseProgram({}, 'exported.events = new ManagedQueue("events"); exported.sessions = new ManagedCache("sessions");'));
        policies({});
        const { output } = await project.preview();
        assert.doesNotMatch(output, /polic/i);
    });
});
