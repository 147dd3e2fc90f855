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
function facts({ service, kind, backend, version, storageGb, durability, allowDataLoss }: IdentityFacts): string {
    return JSON.stringify([service, kind, backend, version ?? null, storageGb, durability, allowDataLoss]);
}

/** Why a living service may not become what is now asked for. */
function refusals(was: Facts, now: IdentityFacts): pulumi.dynamic.CheckFailure[] {
    const subject = `the ${now.kind} "${now.service}"`;
    const failures: pulumi.dynamic.CheckFailure[] = [];
    if (was.backend !== now.backend && !now.allowDataLoss.includes("backend-change")) {
        failures.push({
            property: "backend",
            reason:
                `${subject} lives on the backend "${was.backend}", and its data stays there: on "${now.backend}" it would start empty. ` +
                `Set the environment back to "${was.backend}"; or make a second ${now.kind} under another name and copy the data; ` +
                `or, to give up the data, set allowDataLoss: ["backend-change"] on "${now.service}"` +
                `${was.durability === "ephemeral" ? "." : ', having run "up" once with durability: "ephemeral" to lift its protection.'}`,
        });
    } else if (was.backend === now.backend && now.storageGb < was.storageGb) {
        failures.push({
            property: "storageGb",
            reason: `${subject} has ${was.storageGb} GiB of storage; storage never shrinks, so ${now.storageGb} GiB is refused. Set storageGb: ${was.storageGb} (or more), whatever the size.`,
        });
    }
    return failures;
}
