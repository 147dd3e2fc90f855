import type { dynamic } from "@pulumi/pulumi";
import { runtime } from "@pulumi/pulumi";
import { withAdmin } from "./admin";
import { Api } from "./api";
import { engineOf } from "./engines";
import { type ServerInputs, type ServerOutputs, subject } from "./inputs";
import { keepVolumes } from "./volumes";
import { waitFor } from "./waiting";

/** The provider of `KubernetesServer`: makes nothing in the cluster, but is there only once the server is as asked for. */
export class ServerProvider implements dynamic.ResourceProvider<ServerInputs, ServerOutputs> {
    async diff(_id: string, olds: ServerOutputs, news: ServerInputs): Promise<dynamic.DiffResult> {
        const changes = olds.status !== "ready" || keys.some((key) => news[key] !== runtime.unknownValue && text(olds[key]) !== text(news[key]));
        return { changes, replaces: (["name", "namespace"] as const).filter((key) => news[key] !== olds[key] && news[key] !== runtime.unknownValue) };
    }

    async create(inputs: ServerInputs): Promise<dynamic.CreateResult<ServerOutputs>> {
        return { id: `${inputs.namespace}/${inputs.name}`, outs: await becomeReady(inputs) };
    }

    async update(_id: string, olds: ServerOutputs, news: ServerInputs): Promise<dynamic.UpdateResult<ServerOutputs>> {
        return { outs: await becomeReady(news, olds) };
    }

    async read(id: string, recorded?: ServerOutputs): Promise<dynamic.ReadResult<ServerOutputs>> {
        const props = recorded as ServerOutputs;
        const api = await Api.open(props.connection);
        const pending = await engineOf(props.kind).pending(api, props);
        return { id, props: { ...props, status: pending?.reason ?? "ready" } };
    }

    /** Comes before the objects are deleted, and their volumes with them. */
    async delete(_id: string, props: ServerOutputs): Promise<void> {
        const api = await Api.open(props.connection);
        if (props.durability !== "ephemeral") {
            await keepVolumes(api, props);
        }
        await engineOf(props.kind).release?.(api, props);
    }
}

const keys = [
    ...(["connection", "namespace", "path", "image", "instances", "storageGb", "settings", "durability", "externalHost", "front"] as const),
    ...(["adminPassword", "certificates", "revision"] as const),
] satisfies readonly (keyof ServerInputs)[];

async function becomeReady(inputs: ServerInputs, before?: ServerInputs): Promise<ServerOutputs> {
    const api = await Api.open(inputs.connection);
    const engine = engineOf(inputs.kind);
    await waitFor({ subject: subject(inputs) }, async () => {
        const pending = await engine.pending(api, inputs);
        return pending && ((await engine.unblock?.(api, inputs)) ?? pending);
    });
    await engine.settle?.(api, inputs, before);
    const runningVersion = await withAdmin(engine, inputs, async (protocol, admin) => {
        if (inputs.path !== undefined) {
            await protocol.ensurePath(admin, inputs.path);
        }
        return protocol.version(admin);
    });
    return { ...inputs, ...(await engine.address(api, inputs)), runningVersion, status: "ready" };
}

function text(value: unknown): string {
    return JSON.stringify(value) ?? "";
}
