import * as pulumi from "@pulumi/pulumi";
import { MockMonitor } from "@pulumi/pulumi/runtime/mocks";
import * as settings from "@pulumi/pulumi/runtime/settings";
import type { Environment } from "../../index";

/** One resource as the engine would be asked to register it. Values that travel as secrets read `[secret]`. */
export interface Registration {
    readonly type: string;
    readonly name: string;
    /** The parent's URN without stack and project: `Stack` or `<type>::<name>`. */
    readonly parent: string;
    readonly inputs: Record<string, unknown>;
    readonly protect?: true;
    readonly retainOnDelete?: true;
    readonly deletedWith?: string;
    readonly dependencies?: readonly string[];
    readonly additionalSecretOutputs?: readonly string[];
    readonly aliases?: readonly string[];
}

export interface RecorderOptions {
    /** `data-services:environment` of the stack's config. */
    readonly environment?: unknown;
    /** Outputs of a resource, by the last part of its type. @default those of a local server */
    readonly outputs?: Readonly<Record<string, Record<string, unknown>>>;
    /** More outputs, made of a resource's inputs, by the last part of its type. @default none */
    readonly derived?: Readonly<Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>>>;
    /** Answers of functions of providers, by the last part of their token. @default an empty one */
    readonly calls?: Readonly<Record<string, Record<string, unknown>>>;
    /** What the environment's own code sees when previewing. @default false */
    readonly preview?: boolean;
}

/** What a program registered. */
export interface Recording<Result> {
    readonly result: Result;
    readonly registrations: readonly Registration[];
}

const secretMark = "4dabf18193072939515e22adb298388d";

const localOutputs: Readonly<Record<string, Record<string, unknown>>> = {
    Identity: { instanceId: "00000000" },
    LocalServer: {
        directory: "/state/shop/dev/orders-00000000",
        host: "localhost",
        actualPort: 5432,
        managementUri: "https://localhost:15671",
        actualVersion: "17.10",
        certificates: "-----BEGIN CERTIFICATE-----\n...\n-----END CERTIFICATE-----\n",
        certificatesFile: "/state/shop/dev/orders-00000000/tls/ca.crt",
    },
    LocalUser: { password: "p@ss/word" },
};

/** Runs a program against a stand-in for the engine, and returns what it registered, in the order of registration. */
export async function record<Result>(program: () => Result | Promise<Result>, options: RecorderOptions = {}): Promise<Recording<Awaited<Result>>> {
    const registrations: Registration[] = [];
    const outputs = options.outputs ?? localOutputs;
    pulumi.runtime.setAllConfig(options.environment === undefined ? {} : { "data-services:environment": JSON.stringify(options.environment) });
    await pulumi.runtime.setMocks(
        {
            newResource: ({ type, name, inputs }) => ({
                id: `${name}-id`,
                state: { ...inputs, ...outputs[lastPart(type)], ...options.derived?.[lastPart(type)]?.(inputs) },
            }),
            call: ({ token }) => options.calls?.[lastPart(token)] ?? {},
        },
        "shop",
        "dev",
        options.preview ?? false,
    );
    const stop = intercept((request) => registrations.push(toRegistration(request)));
    try {
        const result = await program();
        await allRegistered();
        return { result, registrations };
    } finally {
        stop();
    }
}

/** The value of an output. */
export function resolved<Value>(output: pulumi.Output<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
        (output as unknown as { promise(): Promise<Value> }).promise().then(resolve, reject);
    });
}

/** The environment of unit tests: everything local. */
export const localEnvironment: Environment = { database: { local: {} }, queue: { local: {} }, cache: { local: {} } };

/** Missing in the SDK's declarations, for it is the SDK's own. */
const allRegistered = (settings as unknown as { waitForRPCs(): Promise<void> }).waitForRPCs;

/** What the SDK sends to register a resource, in as much as it is looked at here. */
interface Request {
    getType(): string;
    getName(): string;
    getParent(): string;
    getObject(): { toJavaScript(): Record<string, unknown> };
    getProtect(): boolean;
    getRetainondelete(): boolean;
    getDeletedwith(): string;
    getDependenciesList(): string[];
    getAdditionalsecretoutputsList(): string[];
    getAliasesList(): { getUrn(): string; getSpec(): { getName(): string } | undefined }[];
}

type Register = (this: unknown, request: Request, callback: unknown) => Promise<void>;

/** The mocks see a resource's inputs only; parent, protection and secrecy are in the request. */
function intercept(onRequest: (request: Request) => void): () => void {
    const monitor = MockMonitor.prototype as unknown as { registerResource: Register };
    const original = monitor.registerResource;
    monitor.registerResource = function (request, callback) {
        onRequest(request);
        return original.call(this, request, callback);
    };
    return () => {
        monitor.registerResource = original;
    };
}

function toRegistration(request: Request): Registration {
    const list = (name: string, values: readonly string[]) => (values.length === 0 ? {} : { [name]: [...values].sort() });
    return {
        type: request.getType(),
        name: request.getName(),
        parent: shortUrn(request.getParent()),
        inputs: maskSecrets(request.getObject().toJavaScript()) as Record<string, unknown>,
        ...(request.getProtect() ? { protect: true } : {}),
        ...(request.getRetainondelete() ? { retainOnDelete: true } : {}),
        ...(request.getDeletedwith() === "" ? {} : { deletedWith: shortUrn(request.getDeletedwith()) }),
        ...list("dependencies", request.getDependenciesList().map(shortUrn)),
        ...list("additionalSecretOutputs", request.getAdditionalsecretoutputsList()),
        ...list(
            "aliases",
            request.getAliasesList().map((alias) => alias.getUrn() || (alias.getSpec()?.getName() ?? "")),
        ),
    };
}

/** `a:b:Type::name` of `urn:pulumi:dev::shop::x:y:Parent$a:b:Type::name`. */
function shortUrn(urn: string): string {
    const [, , types = "", name] = urn.split("::");
    const type = types.split("$").at(-1) as string;
    return type === "" || type === "pulumi:pulumi:Stack" ? "Stack" : `${type}::${name}`;
}

function maskSecrets(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(maskSecrets);
    }
    if (value !== null && typeof value === "object") {
        const object = value as Record<string, unknown>;
        if (object[secretMark] !== undefined) {
            return "[secret]";
        }
        return Object.fromEntries(
            Object.entries(object)
                .sort(([one], [other]) => (one < other ? -1 : 1))
                .map(([key, one]) => [key, maskSecrets(one)]),
        );
    }
    return value;
}

function lastPart(type: string): string {
    return type.split(":").at(-1) as string;
}
