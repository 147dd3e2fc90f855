import { createRequire } from "node:module";
import type { ServerUnaryCall, sendUnaryData } from "@grpc/grpc-js";
import type { Struct as AnyStruct } from "google-protobuf/google/protobuf/struct_pb";
import type { RecordingProvider } from "./provider";
import type { Failure } from "./shapes";
import type { Values } from "./values";

// The libraries of @pulumi/pulumi itself: another copy of them wouldn't know its messages.
const load = createRequire(require.resolve("@pulumi/pulumi/package.json"));
const { Server, ServerCredentials, status } = load("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
const { Empty } = load("google-protobuf/google/protobuf/empty_pb") as typeof import("google-protobuf/google/protobuf/empty_pb");
const { Struct } = load("google-protobuf/google/protobuf/struct_pb") as typeof import("google-protobuf/google/protobuf/struct_pb");
const { PluginInfo } = load("@pulumi/pulumi/proto/plugin_pb") as typeof import("@pulumi/pulumi/proto/plugin_pb");
const { ResourceProviderService } = load("@pulumi/pulumi/proto/provider_grpc_pb") as { ResourceProviderService: never };
const messages = load("@pulumi/pulumi/proto/provider_pb") as typeof import("@pulumi/pulumi/proto/provider_pb");

/** Gigabytes are more than any message has, and the engine says the same. */
const OPTIONS = { "grpc.max_receive_message_length": -1, "grpc.max_send_message_length": -1 };

/**
 * Serves a provider to the engine, which asks in its own protocol: the classes that `@pulumi/pulumi` has for providers in TypeScript know neither
 * previews of outputs nor old inputs, on which the real plugin's answers depend. Answers the port.
 */
export function serve(provider: RecordingProvider): Promise<number> {
    const server = new Server(OPTIONS);
    server.addService(ResourceProviderService, handlers(provider) as never);
    return new Promise((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, port) => (error ? reject(error) : resolve(port)));
    });
}

// The protocol's messages; each handler reads one and answers one.
type Messages = typeof messages;
type Request<Name extends keyof Messages> = Messages[Name] extends { prototype: infer Message } ? Message : never;

function handlers(provider: RecordingProvider) {
    return {
        getPluginInfo: answer(() => {
            const info = new PluginInfo();
            info.setVersion(provider.version);
            return info;
        }),
        getSchema: answer(() => {
            const response = new messages.GetSchemaResponse();
            response.setSchema(JSON.stringify({ name: "aws", version: provider.version }));
            return response;
        }),
        checkConfig: answer((request: Request<"CheckRequest">) => checked(plain(request.getNews()), [])),
        diffConfig: answer((request: Request<"DiffRequest">) => {
            const response = new messages.DiffResponse();
            const same = JSON.stringify(plain(request.getOlds())) === JSON.stringify(plain(request.getNews()));
            response.setChanges(same ? messages.DiffResponse.DiffChanges.DIFF_NONE : messages.DiffResponse.DiffChanges.DIFF_SOME);
            return response;
        }),
        configure: answer((request: Request<"ConfigureRequest">) => {
            provider.configure(plain(request.getArgs()), process.env);
            const response = new messages.ConfigureResponse();
            // As the real plugin: the engine takes the marks off secrets, and puts them back on outputs of the same names.
            response.setSupportspreview(true);
            return response;
        }),
        check: answer((request: Request<"CheckRequest">) => {
            const seed = Buffer.from(request.getRandomseed_asU8()).toString("hex").slice(0, 7);
            const { type, name } = resource(request.getUrn());
            const { inputs, failures } = provider.check(type, name, plain(request.getOlds()), plain(request.getNews()), seed);
            return checked(inputs, failures);
        }),
        diff: answer((request: Request<"DiffRequest">) => {
            const { type } = resource(request.getUrn());
            const { changed, replaces, deleteBeforeReplace } = provider.diff(
                type,
                plain(request.getOlds()),
                plain(request.getOldInputs()),
                plain(request.getNews()),
            );
            const response = new messages.DiffResponse();
            response.setChanges(changed.length > 0 ? messages.DiffResponse.DiffChanges.DIFF_SOME : messages.DiffResponse.DiffChanges.DIFF_NONE);
            response.setDiffsList([...changed]);
            response.setReplacesList([...replaces]);
            response.setDeletebeforereplace(deleteBeforeReplace);
            return response;
        }),
        create: answer(async (request: Request<"CreateRequest">) => {
            const { type } = resource(request.getUrn());
            const inputs = plain(request.getProperties());
            const made = request.getPreview() ? { id: "", state: provider.previewCreate(type, inputs) } : await provider.create(type, request.getUrn(), inputs);
            const response = new messages.CreateResponse();
            response.setId(made.id);
            response.setProperties(struct(made.state));
            return response;
        }),
        read: answer((request: Request<"ReadRequest">) => {
            const { type } = resource(request.getUrn());
            const found = provider.read(type, request.getId(), plain(request.getProperties()), plain(request.getInputs()));
            const response = new messages.ReadResponse();
            if (found) {
                response.setId(request.getId());
                response.setProperties(struct(found.state));
                response.setInputs(struct(found.inputs));
            }
            return response;
        }),
        update: answer((request: Request<"UpdateRequest">) => {
            const { type } = resource(request.getUrn());
            const [olds, news] = [plain(request.getOlds()), plain(request.getNews())];
            const response = new messages.UpdateResponse();
            response.setProperties(
                struct(request.getPreview() ? provider.previewUpdate(type, olds, news) : provider.update(type, request.getId(), olds, news)),
            );
            return response;
        }),
        delete: answer(async (request: Request<"DeleteRequest">) => {
            await provider.delete(resource(request.getUrn()).type, request.getId(), plain(request.getProperties()));
            return new Empty();
        }),
        invoke: answer((request: Request<"InvokeRequest">) => {
            const { result, failures } = provider.invoke(request.getTok(), plain(request.getArgs()));
            const response = new messages.InvokeResponse();
            response.setReturn(struct(result));
            response.setFailuresList(failures.map(toFailure));
            return response;
        }),
        cancel: answer(() => new Empty()),
        attach: answer(() => new Empty()),
    };
}

function answer<Asked, Answer>(work: (request: Asked) => Answer | Promise<Answer>) {
    return (call: ServerUnaryCall<Asked, Answer>, callback: sendUnaryData<Answer>): void => {
        Promise.resolve()
            .then(() => work(call.request))
            .then(
                (response) => callback(null, response),
                (error: Error) => callback({ code: status.UNKNOWN, details: error.message }),
            );
    };
}

function checked(inputs: Values, failures: readonly Failure[]) {
    const response = new messages.CheckResponse();
    response.setInputs(struct(inputs));
    response.setFailuresList(failures.map(toFailure));
    return response;
}

function toFailure({ property, reason }: Failure) {
    const failure = new messages.CheckFailure();
    failure.setProperty(property);
    failure.setReason(reason);
    return failure;
}

/** The type and the logical name of a URN: of `…::shop$aws:rds/instance:Instance::orders`, the last type. */
function resource(urn: string): { type: string; name: string } {
    const [, , types = "", ...name] = urn.split("::");
    return { type: types.split("$").at(-1) ?? "", name: name.join("::") };
}

function plain(values: AnyStruct | undefined): Values {
    return (values?.toJavaScript() ?? {}) as Values;
}

function struct(values: Values): AnyStruct {
    return Struct.fromJavaScript(JSON.parse(JSON.stringify(values)));
}
