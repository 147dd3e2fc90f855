import { randomBytes } from "node:crypto";
import type * as pulumi from "@pulumi/pulumi";
import type { IdentityFacts } from "../components/identity";

type Facts = IdentityFacts & { readonly instanceId: string };

/** The provider of `Identity`: no effects, only refusals. */
export class IdentityProvider implements pulumi.dynamic.ResourceProvider<IdentityFacts, Facts> {
    async check(olds: Partial<Facts>, news: IdentityFacts): Promise<pulumi.dynamic.CheckResult<IdentityFacts>> {
        return { inputs: news, failures: olds.backend === undefined ? [] : refusals(olds as Facts, news) };
    }

    async diff(_id: string, olds: Facts, news: IdentityFacts): Promise<pulumi.dynamic.DiffResult> {
        return { changes: facts(olds) !== facts(news) };
    }

    async create(inputs: IdentityFacts): Promise<pulumi.dynamic.CreateResult<Facts>> {
        const instanceId = randomBytes(4).toString("hex");
        return { id: instanceId, outs: { ...inputs, instanceId } };
    }

    async update(id: string, _olds: Facts, news: IdentityFacts): Promise<pulumi.dynamic.UpdateResult<Facts>> {
        return { outs: { ...news, instanceId: id } };
    }
}

/** A comparable text of the facts. */
function facts({ service, kind, backend, version, storageGb, durability, path, allowDataLoss }: IdentityFacts): string {
    return JSON.stringify([service, kind, backend, version, storageGb, durability, path, allowDataLoss]);
}

/** Why a living service may not become what is now asked for. */
function refusals(was: Facts, now: IdentityFacts): pulumi.dynamic.CheckFailure[] {
    const subject = `the ${now.kind} "${now.service}"`;
    if (was.backend !== now.backend) {
        return now.allowDataLoss.includes("backend-change") ? [] : [{ property: "backend", reason: backendChange(subject, was, now) }];
    }
    const failures: pulumi.dynamic.CheckFailure[] = [];
    if (now.storageGb < was.storageGb) {
        failures.push({
            property: "storageGb",
            reason: `${subject} has ${was.storageGb} GiB of storage; storage never shrinks, so ${now.storageGb} GiB is refused. Set storageGb: ${was.storageGb} (or more), whatever the size.`,
        });
    }
    if (now.path !== was.path && !now.allowDataLoss.includes("name-change")) {
        const property = now.kind === "database" ? "databaseName" : "vhost";
        failures.push({
            property,
            reason: `${subject} keeps its data in "${was.path}"; "${now.path}" would be another, empty one beside it. Set ${property}: "${was.path}"; or make a second ${now.kind} under another name; or, to leave the data behind, set allowDataLoss: ["name-change"].`,
        });
    }
    return failures;
}

function backendChange(subject: string, was: Facts, now: IdentityFacts): string {
    return (
        `${subject} lives on the backend "${was.backend}", and its data stays there: on "${now.backend}" it would start empty. ` +
        `Set the environment back to "${was.backend}"; or make a second ${now.kind} under another name and copy the data; ` +
        `or, to give up the data, set allowDataLoss: ["backend-change"] on "${now.service}"` +
        `${was.durability === "ephemeral" ? "." : ', having run "up" once with durability: "ephemeral" to lift its protection.'}`
    );
}
