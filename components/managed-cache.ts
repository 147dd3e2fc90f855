import * as pulumi from "@pulumi/pulumi";
import { LivingService, serviceOf } from "./living-service";
import type { BindingArgs, ServiceArgs } from "./service-args";
import type { ServiceBinding } from "./service-binding";
import { argsSchema, bindingSchema, type KindDescription, planService } from "./service-plan";

/** The arguments of `ManagedCache`. */
export interface ManagedCacheArgs extends ServiceArgs {
    /** What happens when memory is full; see `EvictionPolicy`. A change applies in place, without a restart. @default "allkeys-lru" */
    evictionPolicy?: EvictionPolicy;
    /** Bindings beside the default one, by name, for programs in languages without `bind()`. @default none */
    bindings?: { [name: string]: CacheBindingArgs };
}

/** Valkey's `maxmemory-policy`. */
export const EvictionPolicy = {
    /** The least recently used keys go: what a cache wants. */
    AllKeysLru: "allkeys-lru",
    /** The least often used keys go. */
    AllKeysLfu: "allkeys-lfu",
    /** Of the keys with an expiry, the least recently used go. */
    VolatileLru: "volatile-lru",
    /** Of the keys with an expiry, those that end soonest go. */
    VolatileTtl: "volatile-ttl",
    /** Writes fail: for keys that must not vanish, such as sessions and locks. */
    NoEviction: "noeviction",
} as const;
export type EvictionPolicy = (typeof EvictionPolicy)[keyof typeof EvictionPolicy];

/** What a user of a cache may do. */
export const CacheAccess = {
    /** All commands on data; none of those that administer the server. */
    ReadWrite: "readwrite",
    /** Commands that change nothing. */
    ReadOnly: "readonly",
} as const;
export type CacheAccess = (typeof CacheAccess)[keyof typeof CacheAccess];

/** The arguments of one binding of a cache. */
export interface CacheBindingArgs extends BindingArgs {
    /** See `CacheAccess`. A change applies in place. @default "readwrite" */
    access?: CacheAccess;
    /** The keys and channels that the user may touch, as glob patterns such as `orders:*`. A change applies in place. @default all */
    keys?: string[];
}

const description: KindDescription = {
    kind: "cache",
    component: "ManagedCache",
    args: argsSchema({ evictionPolicy: { type: "string", enum: Object.values(EvictionPolicy) } }),
    binding: bindingSchema("cache", {
        keys: { type: "array", minItems: 1, items: { type: "string", pattern: "^[^\\s\\x00-\\x1f]+$", description: "a pattern without spaces" } },
    }),
    demands: { highAvailability: "highAvailability" },
};

/**
 * A Valkey (or Redis) server, on the backend that the environment names. Clients speak RESP, the Redis protocol.
 *
 * @example
 * const sessions = new ManagedCache("sessions", { size: "nano" });
 * const dashboard = sessions.bind("dashboard", { access: "readonly", keys: ["session:*"] });
 */
export class ManagedCache extends pulumi.ComponentResource {
    /** The host that clients connect to. */
    public readonly host!: pulumi.Output<string>;
    /** The port that clients connect to. */
    public readonly port!: pulumi.Output<number>;
    /** The version that runs, as the server tells it. */
    public readonly version!: pulumi.Output<string>;
    /** The values of the default binding and of those in `args.bindings`, by name, as text. Secret. */
    public readonly bindings!: pulumi.Output<{ [binding: string]: { [key: string]: string } }>;

    /** @throws pulumi.InputPropertiesError naming everything that is wrong with the name, the arguments and the environment */
    constructor(name: string, args: ManagedCacheArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
        const plan = planService(
            description,
            name,
            args,
            () => ({ evictionPolicy: args.evictionPolicy ?? "allkeys-lru", namedEvictionPolicy: args.evictionPolicy }),
            ManagedCache,
        );
        super("data-services:index:ManagedCache", name, plan.facts, plan.options(opts));
        const service = new LivingService(this, plan, undefined);
        service.bindAll(args.bindings, ManagedCache);
        this.host = service.endpoint.host;
        this.port = service.endpoint.port;
        this.version = service.version;
        this.bindings = service.values();
        this.registerOutputs({ host: this.host, port: this.port, version: this.version, bindings: this.bindings });
    }

    /** The cache's own binding: a user named as the cache, with `readwrite` access. */
    get binding(): ServiceBinding {
        return serviceOf(this).binding;
    }

    /**
     * Gives one more consumer a user of its own.
     *
     * @param name unique among the cache's bindings
     * @throws pulumi.InputPropertiesError naming everything that is wrong with the name and the arguments
     */
    bind(name: string, args: CacheBindingArgs = {}): ServiceBinding {
        return serviceOf(this).bind(name, args, this.bind);
    }
}
