import * as pulumi from "@pulumi/pulumi";
import { LivingService, serviceOf } from "./living-service";
import { identifier } from "./names";
import type { BindingArgs, ServiceArgs } from "./service-args";
import type { ServiceBinding } from "./service-binding";
import { argsSchema, bindingSchema, type KindDescription, planService } from "./service-plan";

/** The arguments of `ManagedDatabase`. */
export interface ManagedDatabaseArgs extends ServiceArgs {
    /** The name of the database within the server. A change is refused: it would be another database. @default the name, in lower case, with "_" for "-" */
    databaseName?: string;
    /** Restore to any moment within the backup retention. An error on a backend that can't. @default false */
    pointInTimeRecovery?: boolean;
    /** Bindings beside the default one, by name, for programs in languages without `bind()`. @default none */
    bindings?: { [name: string]: DatabaseBindingArgs };
}

/** What a user of a database may do. */
export const DatabaseAccess = {
    /** Reads and writes all tables and makes new ones; what one such user makes, the others can use and change. */
    ReadWrite: "readwrite",
    /** Reads all tables, also those made later. */
    ReadOnly: "readonly",
    /** As `readwrite`, and owns the database: schemas, extensions, grants. */
    Owner: "owner",
} as const;
export type DatabaseAccess = (typeof DatabaseAccess)[keyof typeof DatabaseAccess];

/** The arguments of one binding of a database. */
export interface DatabaseBindingArgs extends BindingArgs {
    /** See `DatabaseAccess`. A change applies in place. @default "readwrite" */
    access?: DatabaseAccess;
}

const description: KindDescription = {
    kind: "database",
    component: "ManagedDatabase",
    args: argsSchema({
        databaseName: {
            type: "string",
            pattern: "^[A-Za-z_][A-Za-z0-9_-]{0,62}$",
            description: 'a letter or "_", then letters, digits, "_" and "-", 63 characters at most',
        },
        pointInTimeRecovery: { type: "boolean" },
    }),
    binding: bindingSchema("database", {}),
    demands: { highAvailability: "highAvailability", pointInTimeRecovery: "pointInTimeRecovery" },
};

/**
 * A PostgreSQL database with a server of its own, on the backend that the environment names.
 *
 * @example
 * const orders = new ManagedDatabase("orders", { version: "17", size: "small" });
 * const reports = orders.bind("reports", { access: "readonly" });
 * export const bindings = exportBindings({ orders, reports });
 */
export class ManagedDatabase extends pulumi.ComponentResource {
    /** The host that clients connect to. */
    public readonly host!: pulumi.Output<string>;
    /** The port that clients connect to. */
    public readonly port!: pulumi.Output<number>;
    /** The name of the database within the server. */
    public readonly databaseName!: pulumi.Output<string>;
    /** The version that runs, as the server tells it. */
    public readonly version!: pulumi.Output<string>;
    /** The values of the default binding and of those in `args.bindings`, by name, as text. Secret. */
    public readonly bindings!: pulumi.Output<{ [binding: string]: { [key: string]: string } }>;

    /** @throws pulumi.InputPropertiesError naming everything that is wrong with the name, the arguments and the environment */
    constructor(name: string, args: ManagedDatabaseArgs = {}, opts: pulumi.ComponentResourceOptions = {}) {
        const databaseName = args.databaseName ?? identifier(String(name));
        const plan = planService(description, name, args, () => ({ databaseName, pointInTimeRecovery: args.pointInTimeRecovery ?? false }), ManagedDatabase);
        super("data-services:index:ManagedDatabase", name, plan.facts, plan.options(opts));
        const service = new LivingService(this, plan, databaseName);
        service.bindAll(args.bindings, ManagedDatabase);
        this.host = service.endpoint.host;
        this.port = service.endpoint.port;
        this.databaseName = pulumi.output(databaseName);
        this.version = service.version;
        this.bindings = service.values();
        this.registerOutputs({ host: this.host, port: this.port, databaseName: this.databaseName, version: this.version, bindings: this.bindings });
    }

    /** The database's own binding: a user named as the database, with `readwrite` access. */
    get binding(): ServiceBinding {
        return serviceOf(this).binding;
    }

    /**
     * Gives one more consumer a user of its own.
     *
     * @param name unique among the database's bindings
     * @throws pulumi.InputPropertiesError naming everything that is wrong with the name and the arguments
     */
    bind(name: string, args: DatabaseBindingArgs = {}): ServiceBinding {
        return serviceOf(this).bind(name, args, this.bind);
    }
}
