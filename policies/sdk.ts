import { createRequire, Module } from "node:module";
import { loadOptional } from "../components/optional-package";

type Sdk = typeof import("@pulumi/policy");
type Deserialize = (properties: object, keepSecrets: boolean) => object;

/** The SDK of policy packs, without two things that take most of a pack's time. Where the SDK looks otherwise one day, packs are slower and nothing else. */
export function loadSdk(): Sdk {
    deferArborist();
    const sdk = loadWhole();
    readOnce();
    return sdk;
}

function loadWhole(): Sdk {
    return loadOptional(
        () => require("@pulumi/policy"),
        'the policy packs of pulumi-data-services need @pulumi/policy, which is not installed. Run: npm install "@pulumi/policy@^1.21.0"',
    );
}

/**
 * Loads npm's dependency solver when it is first used. Pulumi's SDK asks it which packages a serialized function needs, which no pack has, and loads it at
 * once: 0.4 s, two thirds of what a pack loads (2 cores, Node.js 20).
 */
function deferArborist(): void {
    try {
        const file = createRequire(require.resolve("@pulumi/pulumi", { paths: [require.resolve("@pulumi/policy")] })).resolve("@npmcli/arborist");
        if (require.cache[file] !== undefined) {
            return;
        }
        const deferred = new Module(file);
        // A constructor that returns an object gives that object to `new`.
        deferred.exports = {
            Arborist: function Arborist(options: unknown): object {
                delete require.cache[file];
                return new (require(file) as { Arborist: new (options: unknown) => object }).Arborist(options);
            },
        };
        deferred.loaded = true;
        require.cache[file] = deferred;
    } catch {
        // No such package: there is nothing to defer.
    }
}

/**
 * The SDK turns the properties of a resource into plain values once for each policy of a pack, which is nearly all the time that a pack of thirty rules takes.
 * Rules don't change what they look at, so here that is done once for each resource.
 */
function readOnce(): void {
    const part = loadDeserialize();
    const original = part?.deserializeProperties;
    if (part === undefined || typeof original !== "function") {
        return;
    }
    const known = new WeakMap<object, object>();
    part.deserializeProperties = (properties, keepSecrets) => {
        if (keepSecrets) {
            return original(properties, keepSecrets);
        }
        const plain = known.get(properties) ?? original(properties, keepSecrets);
        known.set(properties, plain);
        return plain;
    };
}

function loadDeserialize(): { deserializeProperties?: Deserialize } | undefined {
    try {
        return require("@pulumi/policy/deserialize");
    } catch {
        return undefined;
    }
}
