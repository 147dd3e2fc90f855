import type { dynamic } from "@pulumi/pulumi";
import { runtime } from "@pulumi/pulumi";
import type { ServiceKind } from "../../../components/backend";
import type { Durability } from "../../../components/durability";
import type { DataLoss } from "../../../components/identity";
import { isExpiring } from "../../certificate-expiry";
import type { KeyPair } from "../../certificates";
import { newPassword } from "../../protocols/passwords";
import { SshError } from "../../remote/ssh";
import type { VmBackupsConfig } from "../config";
import { certificateNames, type HostAccess } from "../placement";
import { withAdmin } from "./admin";
import { ask, HostRefusal } from "./agent";

/** What a server shall be: the inputs of the `VmServer` resource. */
export interface VmServerInputs {
    readonly access: HostAccess;
    readonly kind: ServiceKind;
    readonly service: string;
    readonly project: string;
    readonly stack: string;
    /** The name of all that the service has on the host. Unknown in the first preview. */
    readonly name: string;
    /** Filled in by `check`: the machine itself, by whatever address it is reached. */
    readonly machine?: string | undefined;
    /** The major version; filled in by `check` and kept from then on. */
    readonly version?: string | undefined;
    /** What clients connect to. */
    readonly endpoint: string;
    readonly port?: number | undefined;
    readonly cidrs: readonly string[];
    readonly restart: boolean;
    readonly durability: Durability;
    readonly allowDataLoss: readonly DataLoss[];
    readonly cpu: number;
    readonly memoryGb: number;
    readonly storageGb: number;
    readonly settings: Readonly<Record<string, string>>;
    /** The database or vhost that bindings lead to. */
    readonly path?: string | undefined;
    /** Databases: see `VmBackupsConfig`. */
    readonly backups?: Backups | undefined;
}

/** `VmBackupsConfig` with its defaults. */
export type Backups = Required<VmBackupsConfig>;

/** What a server keeps for life. */
interface Secrets {
    readonly adminPassword: string;
    readonly authority: string;
    readonly authorityKey: string;
    readonly certificate: string;
    readonly certificateKey: string;
}

/** The outputs of the `VmServer` resource. */
export interface VmServerOutputs extends VmServerInputs, Secrets {
    readonly actualPort: number;
    readonly adminPort: number;
    readonly runningVersion: string;
    /** "ready", or what `refresh` found instead. */
    readonly status: string;
}

/** The provider of `VmServer`: asks the host's agent, which knows what is there and what it takes. */
export class VmServerProvider implements dynamic.ResourceProvider<VmServerInputs, VmServerOutputs> {
    async check(olds: Partial<VmServerInputs>, news: VmServerInputs): Promise<dynamic.CheckResult<VmServerInputs>> {
        const kept = { machine: olds.machine, version: news.version ?? olds.version };
        if (olds.name !== undefined && keys.every((key) => key === "version" || !differs(olds[key], news[key]))) {
            if (news.version === undefined || news.version === olds.version) {
                return { inputs: defined({ ...news, ...kept }), failures: [] };
            }
        }
        try {
            const name = isUnknown(news.name) ? undefined : news.name;
            const { problems, machine, version } = await ask(news.access, news, "preflight", { ...news, name, version: kept.version });
            const inputs = defined({ ...news, machine, version: kept.version ?? version ?? undefined });
            const failures = problems.map(({ property, reason }) => ({ property, reason: `${subject(news)}: ${reason}` }));
            return { inputs, failures: [...failures, ...moveFailures(olds, inputs)] };
        } catch (error) {
            if (error instanceof SshError) {
                return { inputs: defined({ ...news, ...kept }), failures: [{ property: propertyOf(error), reason: `${subject(news)}: ${error.message}` }] };
            }
            if (error instanceof HostRefusal) {
                const failures = error.refusals.map(({ property, reason }) => ({ property, reason: `${subject(news)}: ${reason}` }));
                return { inputs: defined({ ...news, ...kept }), failures };
            }
            throw error;
        }
    }

    async diff(_id: string, olds: VmServerOutputs, news: VmServerInputs): Promise<dynamic.DiffResult> {
        const replaces = (["name", "machine"] as const).filter((key) => differs(olds[key], news[key]));
        const changed = keys.some((key) => differs(olds[key], news[key]));
        const changes = changed || replaces.length > 0 || olds.status !== "ready" || isExpiring(olds.certificate);
        if (changes && replaces.length === 0) {
            await tellPlan(olds, news);
        }
        return { changes, replaces };
    }

    async create(inputs: VmServerInputs): Promise<dynamic.CreateResult<VmServerOutputs>> {
        const { createAuthority } = require("../../certificates") as typeof import("../../certificates");
        const authority = await createAuthority(`pulumi-data-services ${inputs.name}`);
        const secrets = { adminPassword: newPassword(), ...(await certified(authority, inputs.endpoint)) };
        return { id: inputs.name, outs: await bringUp(inputs, secrets) };
    }

    async update(_id: string, olds: VmServerOutputs, news: VmServerInputs): Promise<dynamic.UpdateResult<VmServerOutputs>> {
        const renew = olds.endpoint !== news.endpoint || isExpiring(olds.certificate);
        const certificate = renew ? await certified({ certificate: olds.authority, key: olds.authorityKey }, news.endpoint) : secretsOf(olds);
        return { outs: await bringUp(news, { ...secretsOf(olds), ...certificate }) };
    }

    async read(id: string, recorded?: VmServerOutputs): Promise<dynamic.ReadResult<VmServerOutputs>> {
        const props = recorded as VmServerOutputs;
        return { id, props: { ...props, status: await statusOf(props) } };
    }

    async delete(_id: string, props: VmServerOutputs): Promise<void> {
        const { changes } = await ask(props.access, props, "destroy", { ...props, purge: props.durability === "ephemeral" });
        const kept = changes.filter((change) => /dump|data stay/.test(change));
        if (kept.length > 0) {
            console.info(`${subject(props)}: ${kept.join("; ")}`);
        }
    }
}

const keys = [
    ...(["access", "endpoint", "port", "cidrs", "restart", "durability", "cpu", "memoryGb", "storageGb", "settings", "path", "backups", "version"] as const),
    ...(["kind", "service", "project", "stack"] as const),
] satisfies readonly (keyof VmServerInputs)[];

async function bringUp(inputs: VmServerInputs, secrets: Secrets): Promise<VmServerOutputs> {
    const { ports, pendingRestart } = await ask(inputs.access, inputs, "apply", { ...inputs, ...secrets, authorityKey: undefined });
    const actualPort = ports.main as number;
    const adminPort = ports.admin ?? actualPort;
    const { adminPassword, authority } = secrets;
    const server = { access: inputs.access, kind: inputs.kind, service: inputs.service, adminPort, adminPassword, certificates: authority };
    const runningVersion = await withAdmin(server, async (protocol, admin) => {
        if (inputs.path !== undefined) {
            await protocol.ensurePath(admin, inputs.path);
        }
        return protocol.version(admin);
    });
    const status = pendingRestart.length === 0 ? "ready" : `waits for a restart: ${pendingRestart.join(", ")}`;
    if (pendingRestart.length > 0) {
        console.warn(`${subject(inputs)} ${status}. Allow it with allowRestart: true, or restart the server when it suits you.`);
    }
    return { ...inputs, ...secrets, actualPort, adminPort, runningVersion, status };
}

/** What a refresh finds. */
async function statusOf(props: VmServerOutputs): Promise<string> {
    try {
        const { changes } = await ask(props.access, props, "verify", { ...props, authorityKey: undefined });
        return changes.length === 0 ? "ready" : `an up would ${changes.join("; ")}`;
    } catch (error) {
        return (error as Error).message;
    }
}

/**
 * Shows in a preview what an `up` would do on the host. What can't be known yet is left out; a refresh asks here too, and goes on where the host doesn't
 * answer.
 */
async function tellPlan(olds: VmServerOutputs, news: VmServerInputs): Promise<void> {
    const known = Object.fromEntries(Object.entries(news).filter(([, value]) => !hasUnknowns(value)));
    try {
        const { changes } = await ask(news.access, news, "plan", { ...secretsOf(olds), name: olds.name, ...known, authorityKey: undefined });
        if (changes.length > 0) {
            console.info(`${subject(news)} on ${news.access.login.host}: ${changes.join("; ")}`);
        }
    } catch (error) {
        if (!(error instanceof SshError)) {
            throw error;
        }
        console.warn(`What an up would do to ${subject(news)} isn't known. ${error.message}`);
    }
}

async function certified(authority: KeyPair, endpoint: string): Promise<Omit<Secrets, "adminPassword">> {
    const { issueServerCertificate } = require("../../certificates") as typeof import("../../certificates");
    const { certificate, key } = await issueServerCertificate(authority, certificateNames(endpoint));
    return { authority: authority.certificate, authorityKey: authority.key, certificate, certificateKey: key };
}

function secretsOf({ adminPassword, authority, authorityKey, certificate, certificateKey }: Secrets): Secrets {
    return { adminPassword, authority, authorityKey, certificate, certificateKey };
}

/** A living service stays where its data are. */
function moveFailures(was: Partial<VmServerInputs>, now: VmServerInputs): dynamic.CheckFailure[] {
    if (was.machine === undefined || was.machine === now.machine || now.allowDataLoss.includes("backend-change")) {
        return [];
    }
    return [
        {
            property: "host",
            reason:
                `${subject(now)} lives on another machine than ${now.access.login.host}; here it would start empty. Set the address or the placement back; ` +
                `or make a second ${now.kind} under another name and copy the data; or, to give up the data, set allowDataLoss: ["backend-change"].`,
        },
    ];
}

function subject({ kind, service }: Pick<VmServerInputs, "kind" | "service">): string {
    return `the ${kind} "${service}"`;
}

/** The setting of the environment that an error of SSH is about. */
function propertyOf({ trouble }: SshError): string {
    switch (trouble) {
        case "host-key":
            return "hostKey";
        case "private-key":
            return "privateKey";
        case "login":
            return "user";
        default:
            return "address";
    }
}

/** Undefined isn't a value that the engine can be told. */
function defined<Shape extends object>(shape: Shape): Shape {
    return Object.fromEntries(Object.entries(shape).filter(([, value]) => value !== undefined)) as Shape;
}

function differs(old: unknown, now: unknown): boolean {
    return !hasUnknowns(now) && (JSON.stringify(old) ?? "") !== (JSON.stringify(now) ?? "");
}

function hasUnknowns(value: unknown): boolean {
    return (JSON.stringify(value) ?? "").includes(runtime.unknownValue);
}

function isUnknown(value: unknown): boolean {
    return value === undefined || value === runtime.unknownValue;
}
