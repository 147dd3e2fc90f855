import assert from "node:assert/strict";
import { type AwsCheck, awsChecks } from "../support/aws-checks";
import { durabilities, type ServiceKind, services } from "../support/aws-programs";
import type { Registration } from "../support/recorder";

describe("what AWS's users are checked for", () => {
    for (const kind of Object.keys(services) as ServiceKind[]) {
        for (const durability of durabilities) {
            it(`holds for a ${durability} ${kind} that nobody configured`, async () => {
                const { registrations } = await services[kind](durability);
                const checks = awsChecks.filter((check) => check.kind === kind);
                assert.ok(checks.length >= 8, kind);
                const failed = checks.filter((check) => !holds(registrations, check)).map((check) => `${check.type}.${check.path} (${check.ids.join(", ")})`);
                const exempt = checks
                    .filter((check) => check.exempt?.includes(durability))
                    .map((check) => `${check.type}.${check.path} (${check.ids.join(", ")})`);
                // Both ways: an exemption that nothing needs any more has to go.
                assert.deepEqual(failed, exempt);
            });
        }
    }

    it("holds with a given key, too", async () => {
        const kmsKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/given";
        for (const kind of Object.keys(services) as ServiceKind[]) {
            const { registrations } = await services[kind]("critical", { kmsKeyArn });
            const failed = awsChecks.filter((check) => check.kind === kind && check.type !== "Key" && !holds(registrations, check));
            assert.deepEqual(failed, []);
            assert.deepEqual(
                registrations.filter(({ type }) => type.startsWith("aws:kms/")),
                [],
            );
            assert.match(JSON.stringify(registrations.find(({ name, type }) => type.startsWith("aws:") && !name.includes("-"))?.inputs), /key\/given/);
        }
    });

    it("has tags on everything that takes tags", async () => {
        const without = ["Provider", "aws", "Alias", "RolePolicyAttachment", "UserGroupAssociation"];
        for (const kind of Object.keys(services) as ServiceKind[]) {
            const { registrations } = await services[kind]("standard");
            const untagged = registrations.filter(
                ({ type, inputs }) =>
                    type.startsWith("aws:") &&
                    !without.includes(type.split(":").at(-1) as string) &&
                    JSON.stringify(inputs.tags) !==
                        JSON.stringify({
                            "data-service": { database: "orders", queue: "events", cache: "sessions" }[kind],
                            "managed-by": "pulumi-data-services",
                            team: "shop",
                        }),
            );
            assert.deepEqual(
                untagged.map(({ type, name }) => `${type} ${name}`),
                [],
            );
        }
    });
});

/** Whether every resource of the check's type passes it, and there is one. */
function holds(registrations: readonly Registration[], { type, path, passes }: AwsCheck): boolean {
    const resources = registrations.filter((one) => one.type.endsWith(`:${type}`));
    return resources.length > 0 && resources.every(({ inputs }) => passes(valueAt(inputs, path)));
}

function valueAt(inputs: unknown, path: string): unknown {
    return path.split(".").reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], inputs);
}
