import * as pulumi from "@pulumi/pulumi";
import { LivingService, serviceOf } from "./living-service";
import { identifier } from "./names";
import type { BindingArgs, ServiceArgs } from "./service-args";
import type { ServiceBinding } from "./service-binding";
import { argsSchema, bindingSchema, type KindDescription, planService } from "./service-plan";

/** The arguments of `ManagedQueue`. */
export interface ManagedQueueArgs extends ServiceArgs {
    /** The virtual host that bindings lead to. A change is refused: it would be another, empty one. @default the name, in lower case, with "_" for "-" */
    vhost?: string;
    /** Bindings beside the default one, by name, for programs in languages without `bind()`. @default none */
    bindings?: { [name: string]: QueueBindingArgs };
}

/** What a user of a queue may do. */
export const QueueAccess = {
    /** Declares, publishes and consumes within the vhost. */
    ReadWrite: "readwrite",
    /** Consumes from what exists: declares nothing, publishes nothing. */
    ReadOnly: "readonly",
} as const;
export type QueueAccess = (typeof QueueAccess)[keyof typeof QueueAccess];

/** RabbitMQ's three permissions within the vhost: regular expressions that the whole name of an exchange or queue must match. */
export interface QueuePermissions {
    /** What may be declared and deleted. `""` is nothing, `".*"` is all. */
    configure: string;
    /** What may be published to. */
    write: string;
    /** What may be consumed from. */
    read: string;
}

/** The arguments of one binding of a queue. */
export interface QueueBindingArgs extends BindingArgs {
    /** See `QueueAccess`. A change applies in place. @default "readwrite" */
    access?: QueueAccess;
    /** Narrower permissions than those of `access`, which they replace. A change applies in place. @default those of `access` */
    permissions?: QueuePermissions;
}

const regularExpression = { type: "string" } as const;

const description: KindDescription = {
    kind: "queue",
    component: "ManagedQueue",
    args: argsSchema({
        // URL parsers drop a path of dots.
        vhost: {
            type: "string",
            pattern: "^(?!\\.{1,2}$)[^\\x00-\\x1f]{1,128}$",
            description: '1 to 128 characters, none of them a control character, and neither "." nor ".."',
        },
    }),
    binding: bindingSchema("queue", {
        permissions: {
            type: "object",
            additionalProperties: false,
            required: ["configure", "write", "read"],
            properties: { configure: regularExpression, write: regularExpression, read: regularExpression },
        },
    }),
    demands: { highAvailability: "highAvailability" },
};

/**
 * A RabbitMQ broker with a virtual host, on the backend that the environment names. Clients speak AMQP 0-9-1.
 *
 * @example
 * const events = new ManagedQueue("events");
 * const worker = events.bind("worker", { access: "readonly" });
 */
export class ManagedQueue extends pulumi.ComponentResource {
    /** The host that clients connect to. */
    public readonly host!: pulumi.Output<string>;
    /** The port that clients connect to. */
    public readonly port!: pulumi.Output<number>;
    /** The virtual host within the broker. */
    public readonly vhost!: pulumi.Output<string>;
    /** The version that runs, as the broker tells it. */
    public readonly version!: pulumi.Output<string>;
    /** The values of the default binding and of those in `args.bindings`, by name, as text. Secret. */
    public readonly bindings!: pulumi.Output<{ [binding: string]: { [key: string]: string } }>;

    /** @throws pulumi.InputPropertiesError naming everything that is wrong with the name, the arguments and the environment */
    constructor(name: string, args: ManagedQueueArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
        const vhost = args.vhost ?? identifier(String(name));
        const plan = planService(description, name, args, () => ({ vhost }), ManagedQueue);
        super("data-services:index:ManagedQueue", name, plan.facts, plan.options(opts));
        const service = new LivingService(this, plan, vhost);
        service.bindAll(args.bindings, ManagedQueue);
        this.host = service.endpoint.host;
        this.port = service.endpoint.port;
        this.vhost = pulumi.output(vhost);
        this.version = service.version;
        this.bindings = service.values();
        this.registerOutputs({ host: this.host, port: this.port, vhost: this.vhost, version: this.version, bindings: this.bindings });
    }

    /** The queue's own binding: a user named as the queue, with `readwrite` access. */
    get binding(): ServiceBinding {
        return serviceOf(this).binding;
    }

    /**
     * Gives one more consumer a user of its own.
     *
     * @param name unique among the queue's bindings
     * @throws pulumi.InputPropertiesError naming everything that is wrong with the name and the arguments
     */
    bind(name: string, args: QueueBindingArgs = {}): ServiceBinding {
        return serviceOf(this).bind(name, args, this.bind);
    }
}
