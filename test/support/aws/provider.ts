import { randomBytes } from "node:crypto";
import { ANSWERS } from "./functions";
import { checkRules, type World } from "./model";
import { MODELS } from "./models";
import { find, type Recorded, type RecordedObject, type Recording } from "./recording";
import { type Sdk, type Signature, sdk } from "./sdk";
import type { RealServers } from "./servers";
import { checkShape, type Failure } from "./shapes";
import { FUNCTIONS, isFunction, isResource, RESOURCES, type ResourceToken } from "./tokens";
import { type UpstreamProperty, upstream } from "./upstream";
import { canonical, holdsUnknown, isObject, UNKNOWN, type Value, type Values } from "./values";

export const ACCOUNT = "123456789012";

/** What the bridge keeps among the inputs: the properties that it filled in. */
const DEFAULTS = "__defaults";

/** Keys whose values the recording doesn't keep, at any depth. */
const PASSWORDS = ["authToken", "authTokenWo", "password", "passwordWo", "passwords", "passwordsWo", "serviceAccountPassword"];

export interface Difference {
    readonly changed: readonly string[];
    readonly replaces: readonly string[];
    /** Two of one name can't be there at once: where the program named it, the old one goes first, as the bridge has it. */
    readonly deleteBeforeReplace: boolean;
}

/** What the engine asks of a provider, over recorded objects. */
export class RecordingProvider {
    private readonly sdk: Sdk = sdk();
    private region = "";

    constructor(
        private readonly recording: Recording,
        private readonly servers: RealServers,
    ) {}

    get version(): string {
        return this.sdk.version;
    }

    /** As the real provider, it works in one region and doesn't guess it. */
    configure(config: Values, env: NodeJS.ProcessEnv): void {
        const region = config.region ?? env.AWS_REGION ?? env.AWS_DEFAULT_REGION;
        if (typeof region !== "string" || region === "" || region === UNKNOWN) {
            throw new Error("Missing region configuration: set aws:region, or AWS_REGION in the environment");
        }
        this.region = region;
    }

    /** Names what has no name, and says everything that is wrong. */
    check(token: string, logicalName: string, olds: Values, news: Values, seed: string): { inputs: Values; failures: Failure[] } {
        const type = known(token);
        const inputs = withDocuments(this.named(type, logicalName, olds, news, seed), this.signature(type));
        const { rules = [], check } = MODELS[type];
        const shape = checkShape(this.signature(type).inputs, inputs);
        const conflicts = Object.entries(upstream.resources[type]).flatMap(([property, { conflictsWith = [] }]) =>
            given(inputs, property)
                ? conflictsWith
                      .filter((other) => given(inputs, other))
                      .map((other) => ({ property, reason: `Conflicting configuration arguments: "${property}" conflicts with ${other}` }))
                : [],
        );
        return { inputs, failures: [...shape, ...checkRules(rules, inputs), ...conflicts, ...(check?.(inputs, this.recording.read()) ?? [])] };
    }

    /** Compares what is asked for with the state, as upstream does it: what AWS may fill in stays when it isn't asked for. */
    diff(token: string, state: Values, olds: Values, news: Values): Difference {
        const type = known(token);
        const schema = upstream.resources[type];
        const { replaces } = MODELS[type];
        const changed = Object.keys(this.signature(type).inputs).filter((name) => differs(schema[name] ?? {}, state[name], olds[name], news[name]));
        const sometimes = replaces?.(state, news) ?? [];
        const replacing = changed.filter((name) => schema[name]?.forceNew || sometimes.includes(name));
        return { changed, replaces: replacing, deleteBeforeReplace: replacing.length > 0 && isNamedByProgram(type, news) };
    }

    /** What `up` would give: the inputs, and unknowns for what AWS fills in. */
    previewCreate(token: string, inputs: Values): Values {
        const type = known(token);
        const filled = Object.entries(this.signature(type).outputs).filter(([name, always]) => always && !given(inputs, name));
        return { ...defaults(type), ...Object.fromEntries(filled.map(([name]) => [name, UNKNOWN])), ...kept(type, inputs) };
    }

    async create(token: string, urn: string, inputs: Values): Promise<{ id: string; state: Values }> {
        const type = known(token);
        if (holdsUnknown(inputs)) throw new Error("an input is unknown");
        const draft = this.recording.read();
        const made = await MODELS[type].make(inputs, this.world(draft));
        if (find(draft, type, made.id)) throw new Error(`AlreadyExists: there is ${token.split(":").at(-1)} "${made.id}" already`);
        const tags = isObject(inputs.tags) ? inputs.tags : {};
        const state = this.onlyOutputs(type, { ...defaults(type), ...kept(type, inputs), region: this.region, tagsAll: tags, ...made.outputs });
        this.recording.change((recorded) => {
            Object.assign(recorded.secrets, draft.secrets);
            MODELS[type].made?.(inputs, recorded);
            recorded.objects.push({ type, id: made.id, urn, properties: withoutPasswords(state), pending: {} });
            recorded.calls.push({ operation: "create", type, id: made.id });
        });
        return { id: made.id, state };
    }

    /** The object as AWS has it now; nothing when it is gone. Passwords stay as the state has them. */
    read(token: string, id: string, state: Values, inputs: Values): { state: Values; inputs: Values } | undefined {
        const type = known(token);
        const object = find(this.recording.read(), type, id);
        if (!object) return undefined;
        const secrets = Object.fromEntries(
            Object.entries(state).filter(([name, value]) => canonical(withoutPasswords({ [name]: value })) !== canonical({ [name]: value })),
        );
        const now = { ...object.properties, ...secrets };
        const asked = Object.keys(inputs).filter((name) => name in now);
        const known_ = Object.fromEntries(asked.map((name) => [name, subset(now[name], inputs[name])]));
        const imported = Object.keys(inputs).length > 0 ? inputs : this.inputsOf(type, now);
        return { state: now, inputs: { ...imported, ...known_ } };
    }

    previewUpdate(token: string, state: Values, news: Values): Values {
        return { ...state, ...kept(known(token), news) };
    }

    update(token: string, id: string, olds: Values, news: Values): Values {
        const type = known(token);
        const model = MODELS[type];
        const { changed } = this.diff(token, olds, {}, news);
        return this.recording.change((recorded) => {
            const object = existing(recorded, type, id);
            const more = model.change?.(olds, news, this.world(recorded)) ?? {};
            const removed = changed.filter((name) => news[name] === undefined);
            const reset = Object.fromEntries(removed.map((name) => [name, upstream.resources[type][name]?.default]));
            const wanted: Values = { ...kept(type, news), ...reset, ...more, ...(isObject(news.tags) ? { tagsAll: news.tags } : { tagsAll: {} }) };
            const waits = news.applyImmediately === true ? [] : (model.deferred ?? []).filter((name) => changed.includes(name));
            const later = Object.fromEntries(waits.map((name) => [name, wanted[name]]));
            const now = Object.fromEntries(Object.entries(wanted).filter(([name]) => !waits.includes(name)));
            if (waits.includes("engineVersion")) delete now.engineVersionActual;
            const state = this.onlyOutputs(type, { ...olds, ...now });
            object.properties = withoutPasswords(state);
            object.pending = { ...object.pending, ...withoutPasswords(later) };
            recorded.calls.push({ operation: "update", type, id, changed });
            return state;
        });
    }

    async delete(token: string, id: string, state: Values): Promise<void> {
        const type = known(token);
        const model = MODELS[type];
        const object = this.recording.change((recorded) => {
            const found = find(recorded, type, id);
            if (!found) return undefined;
            model.remove?.(found, this.world(recorded), state);
            if (state.skipDestroy !== true) recorded.objects = recorded.objects.filter((one) => one !== found);
            recorded.calls.push({ operation: "delete", type, id });
            return found;
        });
        if (object) await model.gone?.(object, this.world(this.recording.read()));
    }

    invoke(token: string, args: Values): { result: Values; failures: Failure[] } {
        if (!isFunction(token)) {
            throw new Error(`the recording aws provider has no function ${token}. It has: ${FUNCTIONS.join(", ")}. Add it to test/support/aws/functions.ts`);
        }
        const failures = checkShape(this.signature(token).inputs, args);
        return { result: failures.length > 0 ? {} : ANSWERS[token](args, this.world(this.recording.read())), failures };
    }

    private signature(token: string): Signature {
        return this.sdk.signatures[token] as Signature;
    }

    private world(recorded: Recorded): World {
        const random = (digits: number) =>
            randomBytes(Math.ceil(digits / 2))
                .toString("hex")
                .slice(0, digits);
        return { account: ACCOUNT, region: this.region, recorded, servers: this.servers, random };
    }

    private named(type: ResourceToken, logicalName: string, olds: Values, news: Values, seed: string): Values {
        const { name } = MODELS[type];
        if (!name || given(news, name.property) || given(news, "namePrefix") || given(news, `${name.property}Prefix`)) return { ...news, [DEFAULTS]: [] };
        const byDefault = { ...news, [DEFAULTS]: [name.property] };
        if (given(olds, name.property)) return { ...byDefault, [name.property]: olds[name.property] };
        const full = `${logicalName}-${seed || randomBytes(4).toString("hex").slice(0, 7)}`;
        const short = full.length > name.longest ? `${logicalName.slice(0, name.longest - 8)}-${full.slice(-7)}` : full;
        return { ...byDefault, [name.property]: name.transform?.(short) ?? short };
    }

    private onlyOutputs(type: ResourceToken, values: Values): Values {
        const { outputs } = this.signature(type);
        return Object.fromEntries(Object.entries(values).filter(([name, value]) => name in outputs && value !== undefined));
    }

    /** What a program would write for an object that it imports. */
    private inputsOf(type: ResourceToken, state: Values): Values {
        const names = Object.keys(this.signature(type).inputs);
        return Object.fromEntries(Object.entries(state).filter(([name, value]) => names.includes(name) && value !== "" && canonical(value) !== "[]"));
    }
}

/** Applies what waits for the maintenance window, as its coming would. */
export function openMaintenanceWindow(recorded: Recorded): void {
    for (const object of recorded.objects) {
        Object.assign(object.properties, object.pending);
        if (typeof object.pending.engineVersion === "string") object.properties.engineVersionActual = object.pending.engineVersion;
        object.pending = {};
    }
}

function known(token: string): ResourceToken {
    if (isResource(token)) return token;
    throw new Error(`the recording aws provider doesn't know ${token}. It knows: ${RESOURCES.join(", ")}. Add a model to test/support/aws/models`);
}

function isNamedByProgram(type: ResourceToken, inputs: Values): boolean {
    const { name } = MODELS[type];
    const filledIn = inputs[DEFAULTS];
    return name !== undefined && given(inputs, name.property) && Array.isArray(filledIn) && !filledIn.includes(name.property);
}

function existing(recorded: Recorded, type: ResourceToken, id: string): RecordedObject {
    const object = find(recorded, type, id);
    if (!object) throw new Error(`NotFound: ${type.split(":").at(-1)} "${id}" doesn't exist`);
    return object;
}

function differs(property: UpstreamProperty, state: Value | undefined, old: Value | undefined, asked: Value | undefined): boolean {
    // Nobody can compare what isn't kept: upstream sends it again when its version changes.
    if (property.writeOnly) return false;
    const usual = canonical(property.default);
    if (asked === undefined || asked === null) {
        return !property.computed && state !== undefined && !isEmpty(state) && canonical(state) !== usual;
    }
    if (holdsUnknown(asked)) return true;
    if (state === undefined || state === null) return !isEmpty(asked) && ![usual, canonical(old)].includes(canonical(asked));
    return canonical(subset(state, asked), property.set) !== canonical(asked, property.set) && !sameWindow(state, asked);
}

/** AWS writes windows in lower case, and upstream knows it. */
function sameWindow(one: Value, other: Value): boolean {
    return typeof one === "string" && typeof other === "string" && /^[a-z]{3}:\d\d:\d\d-/i.test(one) && one.toLowerCase() === other.toLowerCase();
}

/** The part of a value that is asked for: AWS fills in the rest of an object. */
function subset(value: Value | undefined, asked: Value | undefined): Value | undefined {
    if (!isObject(value) || !isObject(asked)) return value;
    return Object.fromEntries(Object.keys(asked).map((key) => [key, subset(value[key], asked[key])]));
}

function isEmpty(value: Value): boolean {
    return value === null || value === "" || value === false || value === 0 || canonical(value) === "[]" || canonical(value) === "{}";
}

function given(values: Values, name: string): boolean {
    return values[name] !== undefined && values[name] !== null;
}

function defaults(type: ResourceToken): Values {
    const entries = Object.entries(upstream.resources[type]).flatMap(([name, property]) =>
        property.default === undefined ? [] : [[name, property.default] as const],
    );
    return Object.fromEntries(entries);
}

/** The inputs that come back as outputs: all but what is only written. */
function kept(type: ResourceToken, inputs: Values): Values {
    return Object.fromEntries(
        Object.entries(inputs).filter(([name, value]) => value !== undefined && !upstream.resources[type][name]?.writeOnly && !name.startsWith("__")),
    );
}

/** Documents that were given as objects, as the JSON that goes to AWS. */
function withDocuments(inputs: Values, { inputs: properties }: Signature): Values {
    const entries = Object.entries(inputs).map(([name, value]) => {
        const isDocument = properties[name]?.shape.kind === "json" && isObject(value) && !holdsUnknown(value);
        return [name, isDocument ? JSON.stringify(value) : value] as const;
    });
    return Object.fromEntries(entries);
}

function withoutPasswords(values: Values): Values {
    const clean = (value: Value): Value => {
        if (Array.isArray(value)) return value.map(clean);
        return isObject(value) ? (withoutPasswords(value) as { [key: string]: Value | undefined }) : value;
    };
    return Object.fromEntries(
        Object.entries(values).flatMap(([name, value]) => (PASSWORDS.includes(name) || value === undefined ? [] : [[name, clean(value)] as const])),
    );
}
