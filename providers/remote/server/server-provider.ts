import type { dynamic } from "@pulumi/pulumi";
import { runtime } from "@pulumi/pulumi";
import { defaultManagementPort } from "../access";
import { withAdmin } from "./admin";
import { claim, release } from "./claims";
import { checkFitness, checkMove } from "./fitness";
import type { RemoteServerInputs, RemoteServerOutputs } from "./inputs";
import type { RemoteError } from "./trouble";

const keys = [
    ...(["kind", "host", "port", "servername", "certificates", "managementHost", "managementPort", "bastion", "admin"] as const),
    ...(["path", "version", "versions", "evictionPolicy", "mark"] as const),
] satisfies readonly (keyof RemoteServerInputs)[];

/** The provider of `RemoteServer`: makes the database or vhost, and is there only once the server is as asked for. */
export class RemoteServerProvider implements dynamic.ResourceProvider<RemoteServerInputs, RemoteServerOutputs> {
    /** Asks a server that is new or reached in another way, so that a preview tells what `up` would stumble on. One that doesn't answer may by then. */
    async check(olds: Partial<RemoteServerInputs>, news: RemoteServerInputs): Promise<dynamic.CheckResult<RemoteServerInputs>> {
        // A new service's mark isn't known before its first up; everything else may be.
        const { mark: _, ...needed } = news;
        if (JSON.stringify(needed).includes(runtime.unknownValue) || !differ(olds, news)) {
            return { inputs: news, failures: [] };
        }
        try {
            await withAdmin(
                news,
                async (server) => {
                    await checkFitness(news, server);
                    await checkMove(olds, news, server);
                },
                0,
            );
            return { inputs: news, failures: [] };
        } catch (error) {
            const { trouble, message } = error as RemoteError;
            const property = properties[trouble];
            return { inputs: news, failures: property === undefined ? [] : [{ property, reason: message }] };
        }
    }

    async diff(_id: string, olds: RemoteServerOutputs, news: RemoteServerInputs): Promise<dynamic.DiffResult> {
        return { changes: olds.status !== "ready" || differ(olds, news) };
    }

    async create(inputs: RemoteServerInputs): Promise<dynamic.CreateResult<RemoteServerOutputs>> {
        return { id: `${inputs.host}:${inputs.port}`, outs: await becomeReady(inputs) };
    }

    async update(_id: string, olds: RemoteServerOutputs, news: RemoteServerInputs): Promise<dynamic.UpdateResult<RemoteServerOutputs>> {
        const outs = await becomeReady(news, olds);
        if (olds.path !== news.path) {
            await withAdmin(olds, (server) => release(olds, server));
        }
        return { outs };
    }

    /** The database or vhost stays; another stack may have it from here on. */
    async delete(_id: string, props: RemoteServerOutputs): Promise<void> {
        if (props.mark !== undefined) {
            await withAdmin(props, (server) => release(props, server));
        }
    }

    async read(id: string, recorded?: RemoteServerOutputs): Promise<dynamic.ReadResult<RemoteServerOutputs>> {
        const props = recorded as RemoteServerOutputs;
        try {
            const runningVersion = await withAdmin(props, (server) => checkFitness(props, server), 10);
            return { id, props: { ...props, runningVersion, status: "ready" } };
        } catch (error) {
            return { id, props: { ...props, status: (error as Error).message } };
        }
    }
}

/** The input to look at for a trouble that a preview reports. */
const properties: Partial<Record<RemoteError["trouble"], string>> = {
    bastion: "bastion",
    certificate: "certificates",
    plaintext: "port",
    login: "admin",
    rights: "admin",
    settings: "admin",
    version: "version",
    policy: "evictionPolicy",
    claimed: "path",
    moved: "host",
};

async function becomeReady(inputs: RemoteServerInputs, before: Partial<RemoteServerInputs> = {}): Promise<RemoteServerOutputs> {
    const { kind, host, path, managementHost = host, managementPort = defaultManagementPort, patienceSeconds = 60 } = inputs;
    const runningVersion = await withAdmin(
        inputs,
        async (server) => {
            const version = await checkFitness(inputs, server);
            await checkMove(before, inputs, server);
            if (path !== undefined) {
                await server.protocol.ensurePath(server.admin, path);
                await claim(inputs, server);
            }
            return version;
        },
        patienceSeconds,
    );
    const managementUri = `https://${managementHost.includes(":") ? `[${managementHost}]` : managementHost}${managementPort === 443 ? "" : `:${managementPort}`}`;
    return { ...inputs, ...(kind === "queue" ? { managementUri } : {}), runningVersion, status: "ready" };
}

/** Whether anything differs that the server is looked at for. What isn't known yet may. */
function differ(olds: Partial<RemoteServerInputs>, news: RemoteServerInputs): boolean {
    return keys.some((key) => news[key] !== (runtime.unknownValue as unknown) && text(olds[key]) !== text(news[key]));
}

function text(value: unknown): string {
    return JSON.stringify(value) ?? "";
}
