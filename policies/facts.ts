/** Stands in properties for a value that isn't known before `up`. */
export const unknownValue: unique symbol = Symbol("unknown");

/** A value was asked for that isn't known before `up`. */
export class UnknownFact extends Error {
    readonly path: string;

    constructor(path: string, cause?: unknown) {
        super(`${path} isn't known before the update`, { cause });
        this.path = path;
    }
}

/**
 * The properties of one resource, read by path: `spec.storage.size`, `users.0.username`. They come as plain values, as `unknownValue`, or as the
 * proxies of policy packs, which throw where a value is unknown. Whatever isn't known throws `UnknownFact` when it is read.
 */
export class Facts {
    /** Whether Pulumi protects the resource; undefined where that can't be told. */
    readonly protect: boolean | undefined;
    private readonly props: unknown;
    private readonly path: string;

    constructor(props: unknown, protect?: boolean, path = "") {
        this.props = props;
        this.protect = protect;
        this.path = path;
    }

    /** The value; undefined where the property is absent. */
    read(path: string): unknown {
        let value = this.props;
        for (const key of path.split(".")) {
            value = this.step(value, key, path);
        }
        return value;
    }

    /** Whether there is a value, known or not. An empty text is none. */
    isSet(path: string): boolean {
        const end = path.lastIndexOf(".");
        const parent = end < 0 ? this.props : this.read(path.slice(0, end));
        const value = unlessUnknown(() => this.step(parent, path.slice(end + 1), path), true);
        return value !== undefined && value !== "";
    }

    /** The value, or another one where it isn't known: for rules that only ask whether it is one of a few wrong ones. */
    knownOr(path: string, otherwise: unknown): unknown {
        return unlessUnknown(() => this.read(path), otherwise);
    }

    /**
     * The value where it is a text that is known, else an empty one: for rules that look for wrong values. What isn't known yet is looked at by `up`, which
     * asks the same rules again.
     */
    knownText(path: string): string {
        const value = this.knownOr(path, "");
        return typeof value === "string" ? value : "";
    }

    /** The value where it is a text, else an empty one. */
    text(path: string): string {
        const value = this.read(path);
        return typeof value === "string" ? value : "";
    }

    /** The value as a number; undefined where it is none. */
    number(path: string): number | undefined {
        const value = this.read(path);
        const number = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
        return typeof number === "number" && Number.isFinite(number) ? number : undefined;
    }

    /** The items of a list; none where there is no list. */
    list(path: string): unknown[] {
        const value = this.read(path);
        return Array.isArray(value) ? Array.from({ length: value.length }, (_, index) => this.step(value, String(index), `${path}.${index}`)) : [];
    }

    /** The texts of a list, or the one text that stands in a list's place. */
    texts(path: string): string[] {
        const value = this.read(path);
        return typeof value === "string" ? [value] : this.list(path).filter((item) => typeof item === "string");
    }

    /** The objects of a list, to read in. */
    items(path: string): Facts[] {
        return this.list(path).map((item, index) => this.below(item, `${path}.${index}`));
    }

    /** An object, to read in; an empty one where there is none. */
    at(path: string): Facts {
        return this.below(this.read(path), path);
    }

    /** As {@link at}; an empty one too where it isn't known. */
    knownAt(path: string): Facts {
        return this.below(this.knownOr(path, undefined), path);
    }

    /** As {@link own}, of a text, a number or a switch; an empty text where it is none of them, or isn't known. */
    knownOwn(key: string): string {
        const value = unlessUnknown(() => this.own(key), "");
        return ["string", "number", "boolean"].includes(typeof value) ? String(value) : "";
    }

    /** The names of an object's properties. */
    keys(): string[] {
        const { props } = this;
        return props !== null && typeof props === "object" && !Array.isArray(props) ? Object.keys(props) : [];
    }

    /** The value of one property, whose name may hold dots. */
    own(key: string): unknown {
        return this.step(this.props, key, key);
    }

    /** The full path of a property, for messages. */
    pathOf(path: string): string {
        return this.path === "" ? path : `${this.path}.${path}`;
    }

    private below(value: unknown, path: string): Facts {
        return new Facts(value, this.protect, this.pathOf(path));
    }

    /** One step down. What reads like a secret that was taken out is as unknown as a value that isn't there yet. */
    private step(value: unknown, key: string, path: string): unknown {
        if (value === null || typeof value !== "object") {
            return undefined;
        }
        let next: unknown;
        try {
            next = (value as Record<string, unknown>)[key];
        } catch (error) {
            throw isForeignUnknown(error) ? new UnknownFact(this.pathOf(path), error) : error;
        }
        if (next === unknownValue || next === "[secret]") {
            throw new UnknownFact(this.pathOf(path));
        }
        return next ?? undefined;
    }
}

/** The error of `@pulumi/policy`, known by its shape: this file loads without that package. */
function isForeignUnknown(error: unknown): boolean {
    return error instanceof Error && "unknownTypeSentinel" in error;
}

function unlessUnknown(read: () => unknown, otherwise: unknown): unknown {
    try {
        return read();
    } catch (error) {
        if (error instanceof UnknownFact) {
            return otherwise;
        }
        throw error;
    }
}
