export type Props = Readonly<Record<string, unknown>>;

/** What a rule says of the resources of one type. */
export interface TypeCase {
    readonly type: string;
    /** Nothing is found in it. */
    readonly compliant: Props;
    /** Each is found, in these words. */
    readonly violations: readonly { readonly props: Props; readonly says: RegExp; readonly protect?: boolean }[];
    /** The property of `compliant` that decides. */
    readonly decides: string;
    /** What the rule says of `compliant` without that property. */
    readonly absent: "finding" | "fine";
    /** What it says where that property isn't known: that it has to wait for `up`; or nothing, since a value is enough or `up` asks again. */
    readonly unknown: "waits" | "fine";
    /** Whether Pulumi protects `compliant`. @default true */
    readonly protect?: boolean;
}

/** How one rule is tested. */
export interface RuleCase {
    /** @default "staging" */
    readonly stack?: string;
    readonly cases: readonly TypeCase[];
    /** One for each parameter of the rule: what it makes of a resource that is judged otherwise without it. */
    readonly parameters: readonly {
        readonly set: Props;
        readonly type: string;
        readonly props: Props;
        readonly makes: "finding" | "fine";
        readonly stack?: string;
    }[];
}

/** Properties with one of them changed or, without a value, removed. */
export function withValue(props: Props, path: string, ...value: readonly unknown[]): Props {
    const copy = structuredClone(props) as Record<string, unknown>;
    const keys = path.split(".");
    let place = copy;
    for (const key of keys.slice(0, -1)) {
        place = place[key] as Record<string, unknown>;
    }
    const last = keys.at(-1) as string;
    if (!(last in place)) {
        throw new Error(`${path} is not in ${JSON.stringify(props)}`);
    }
    if (value.length === 0) {
        delete place[last];
    } else {
        place[last] = value[0];
    }
    return copy;
}
