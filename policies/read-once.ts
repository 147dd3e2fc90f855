type Deserialize = (properties: object, keepSecrets: boolean) => object;

/**
 * The SDK turns the properties of a resource into plain values once for each policy of a pack, which is nearly all the time that a pack of thirty rules takes.
 * Rules don't change what they look at, so here that is done once for each resource. Where the SDK looks otherwise one day, nothing happens and packs are slower.
 */
export function readOnce(): void {
    const sdk = loadPart();
    const original = sdk?.deserializeProperties;
    if (sdk === undefined || typeof original !== "function") {
        return;
    }
    const known = new WeakMap<object, object>();
    sdk.deserializeProperties = (properties, keepSecrets) => {
        if (keepSecrets) {
            return original(properties, keepSecrets);
        }
        const plain = known.get(properties) ?? original(properties, keepSecrets);
        known.set(properties, plain);
        return plain;
    };
}

function loadPart(): { deserializeProperties?: Deserialize } | undefined {
    try {
        return require("@pulumi/policy/deserialize");
    } catch {
        return undefined;
    }
}
