import type * as pulumi from "@pulumi/pulumi";
import type { Durability } from "./durability";
import type { Environment } from "./environment";
import type { DataLoss } from "./identity";
import type { Size } from "./size";

/** What databases, queues and caches take alike. All are optional and plain values. */
export interface ServiceArgs {
    /**
     * The major version, such as "17". A minor version is the backend's business and is applied in place.
     *
     * @default the backend's newest for a new service; a living service keeps the version that it has
     */
    version?: string;
    /**
     * How much cpu, memory and storage; see `Size` for the figures. A change applies in place and may restart the server.
     *
     * @default the environment's `defaults.size`, else "small"
     */
    size?: Size;
    /** Cores. A change may restart the server. @default the size's */
    cpu?: number;
    /** GiB of memory. A change may restart the server. @default the size's */
    memoryGb?: number;
    /** GiB of storage. It grows and never shrinks: a smaller figure is refused at preview. @default the size's */
    storageGb?: number;
    /**
     * How much the data matters; see `Durability`. `standard` and `critical` are protected from deletion.
     *
     * @default the environment's `defaults.durability`, else "standard"
     */
    durability?: Durability;
    /** More than one server with automatic failover. An error on a backend that can't. @default false */
    highAvailability?: boolean;
    /**
     * Lets a living service move to the newer major version that `version` names: the server is down while it migrates its data, and there
     * is no way back. Without it such a change is refused at preview. A backend that can't upgrade in place refuses it anyway. @default false
     */
    allowMajorUpgrade?: boolean;
    /**
     * The server's own settings, by the names of its configuration file (`postgresql.conf`, `rabbitmq.conf`, `valkey.conf`). They win over
     * what the size sets. A change is applied by a reload where the server can, else by a restart.
     *
     * @default what the size implies
     */
    settings?: { [name: string]: string };
    /** Put on every resource that has tags or labels, over those of the environment's `defaults.tags`. @default none */
    tags?: { [name: string]: string };
    /** Where the service runs. @default the config value `data-services:environment`, else everything `local` */
    environment?: Environment;
    /** The losses of data that this program accepts, by name; what would lose data otherwise is refused at preview. @default none */
    allowDataLoss?: DataLoss[];
}

/** What all bindings take. */
export interface BindingArgs {
    /**
     * The user's name on the server. A change makes a new user and removes the old one, never data.
     *
     * @default the names of the service and the binding, in lower case, with "_" between
     */
    username?: string;
    /** The user's password. A change applies in place; open connections stay. Kept secret. @default a random one of 32 letters and digits */
    password?: pulumi.Input<string>;
    /**
     * Any text, such as a date: a change of it makes a new user, whose name carries a mark of it, with a new password. The old user stays
     * until everything in this program that uses the binding has moved to the new one, and is removed at the end of the same `up`. Not
     * together with `password`. @default none
     */
    rotation?: string;
}
