import type { dynamic } from "@pulumi/pulumi";
import { runtime } from "@pulumi/pulumi";
import { isExpiring } from "../../certificate-expiry";
import type { KeyPair } from "../../certificates";
import { newPassword } from "../../protocols/passwords";
import { Api } from "./api";
import { engineOf } from "./engines";
import { type InstanceInputs, type InstanceOutputs, subject } from "./inputs";
import { claimsOf, podsOf } from "./pods";
import { clusterId, preflight } from "./preflight";
import { waitFor } from "./waiting";

/** The provider of `KubernetesInstance`: refuses at preview what the cluster can't do or what would lose data; keeps what objects are made of. */
export class InstanceProvider implements dynamic.ResourceProvider<InstanceInputs, InstanceOutputs> {
    async check(olds: Partial<InstanceInputs>, news: InstanceInputs): Promise<dynamic.CheckResult<InstanceInputs>> {
        const failures = [...(await preflight(news, olds))];
        if (failures.length === 0 && olds.name !== undefined) {
            failures.push(...((await engineOf(news.kind).refusals?.(await Api.open(news.connection), olds.name, news)) ?? []));
        }
        const cluster = failures.length === 0 ? await clusterId(news.connection) : olds.cluster;
        const version = news.version ?? olds.version ?? news.newestVersion;
        // Undefined isn't a value that the engine can be told.
        const inputs = { ...news, ...(cluster === undefined ? {} : { cluster }), version };
        return { inputs, failures: [...failures, ...moveFailures(olds, inputs), ...(await versionFailures(olds, news))] };
    }

    async diff(_id: string, olds: InstanceOutputs, news: InstanceInputs): Promise<dynamic.DiffResult> {
        return {
            changes:
                (["version", "cluster", "namespace", "connection", "name"] as const).some((key) => differs(olds[key], news[key])) ||
                differs(olds.certificateNames, certificateNames(news)) ||
                (olds.certificate !== undefined && isExpiring(olds.certificate)),
        };
    }

    async create(inputs: InstanceInputs): Promise<dynamic.CreateResult<InstanceOutputs>> {
        const { createAuthority } = require("../../certificates") as typeof import("../../certificates");
        const authority = await createAuthority(`pulumi-data-services ${inputs.name}`);
        return { id: `${inputs.namespace}/${inputs.name}`, outs: await outputs(inputs, authority, newPassword()) };
    }

    async update(_id: string, olds: InstanceOutputs, news: InstanceInputs): Promise<dynamic.UpdateResult<InstanceOutputs>> {
        return { outs: await outputs(news, { certificate: olds.authority, key: olds.authorityKey }, olds.adminPassword, olds) };
    }

    /** Comes after the objects were deleted: waits until what they owned is gone too. */
    async delete(_id: string, { connection, namespace, name, kind, service }: InstanceOutputs): Promise<void> {
        const api = await Api.open(connection);
        const selector = engineOf(kind).selector(name);
        await waitFor({ subject: subject({ kind, service }), minutes: 5 }, async () => {
            const left = [...(await podsOf(api, namespace, selector)), ...(await claimsOf(api, namespace, selector))];
            return left.length === 0 ? undefined : { reason: `${left.map(({ metadata }) => metadata.name).join(", ")} are still being deleted` };
        });
    }
}

/** A certificate is made anew only for other names or near its end. */
async function outputs(inputs: InstanceInputs, authority: KeyPair, adminPassword: string, olds?: InstanceOutputs): Promise<InstanceOutputs> {
    const names = certificateNames(inputs);
    const common = { ...inputs, adminPassword, authority: authority.certificate, authorityKey: authority.key, certificateNames: names };
    if (names.length === 0) {
        return common;
    }
    if (olds?.certificate !== undefined && olds.certificateKey !== undefined && !differs(olds.certificateNames, names) && !isExpiring(olds.certificate)) {
        return { ...common, certificate: olds.certificate, certificateKey: olds.certificateKey };
    }
    const { issueServerCertificate } = require("../../certificates") as typeof import("../../certificates");
    const { certificate, key } = await issueServerCertificate(authority, { dns: names });
    return { ...common, certificate, certificateKey: key };
}

function certificateNames({ kind, name, namespace, hostnames }: InstanceInputs): readonly string[] {
    const own = engineOf(kind).certificateNames?.(name, namespace);
    return own === undefined ? [] : [...own, ...hostnames];
}

/** A living service stays where its data are. */
function moveFailures(was: Partial<InstanceInputs>, now: InstanceInputs): dynamic.CheckFailure[] {
    if (was.cluster === undefined) {
        return [];
    }
    const second = `Or make a second ${now.kind} under another name and copy the data`;
    if (was.cluster !== now.cluster) {
        return [
            {
                property: "context",
                reason:
                    `${subject(now)} lives in another cluster than the one that the kubeconfig leads to now; here it would start empty. Set kubeconfig and context back. ` +
                    `${second}; or, to give up the data, remove it from the program, run "pulumi up", and add it again.`,
            },
        ];
    }
    if (was.namespace !== now.namespace && !now.allowDataLoss.includes("backend-change")) {
        return [
            {
                property: "namespace",
                reason:
                    `${subject(now)} lives in the namespace "${was.namespace}"; in "${now.namespace}" it would start empty. Set namespace: "${was.namespace}". ` +
                    `${second}; or, to give up the data, set allowDataLoss: ["backend-change"].`,
            },
        ];
    }
    return [];
}

async function versionFailures(was: Partial<InstanceInputs>, now: InstanceInputs): Promise<dynamic.CheckFailure[]> {
    const [old, wanted] = [was.version, now.version];
    if (old === undefined || wanted === undefined || old === wanted) {
        return [];
    }
    if (Number(wanted) < Number(old)) {
        if (was.name !== undefined && wanted === (await dataVersion(was.name, now))) {
            return [];
        }
        return [
            {
                property: "version",
                reason: `${subject(now)} runs version ${old}; data never go back to an older version, so ${wanted} is refused. Set version: "${old}".`,
            },
        ];
    }
    if (!now.allowMajorUpgrade) {
        return [
            {
                property: "version",
                reason:
                    `${subject(now)} runs version ${old}. Moving it to ${wanted} takes it down for a while, and there is no way back. ` +
                    `Set version: "${old}"; or make a backup, and set allowMajorUpgrade: true.`,
            },
        ];
    }
    return [];
}

/** Undefined too where nobody can say. */
async function dataVersion(name: string, { connection, kind, namespace }: InstanceInputs): Promise<string | undefined> {
    try {
        return await engineOf(kind).dataVersion?.(await Api.open(connection), name, namespace);
    } catch {
        return undefined;
    }
}

function differs(old: unknown, now: unknown): boolean {
    const text = JSON.stringify(now) ?? "";
    return !text.includes(runtime.unknownValue) && text !== (JSON.stringify(old) ?? "");
}
