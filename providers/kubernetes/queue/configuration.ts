import type { QueueSpec } from "../../../components/backend";
import { type Problem, show } from "../../../components/validation";
import { administrator } from "./names";

const gibibyte = 2 ** 30;

/** What this backend or the operator decides on: who may connect, by what listener, and which nodes belong together. */
const reserved = new RegExp(
    `^(${[
        ...["listeners", "ssl_options", "loopback_users", "anonymous_login_\\w+", "default_(user|pass)", "load_definitions", "definitions"],
        ...["management\\.(tcp|ssl|listener|load_definitions|path_prefix)", "prometheus\\.(tcp|ssl)"],
        ...["cluster_formation", "cluster_name", "total_memory_available_override_value"],
    ].join("|")})(\\.|$)`,
);

/**
 * What is wrong with the settings. RabbitMQ reads a line as `name = value` with comments from "#"; the operator reads and writes all lines anew, and
 * takes ";", quotes and a "\" at the end for its own.
 */
export function settingProblems(settings: QueueSpec["settings"]): Problem[] {
    return Object.entries(settings).flatMap(([name, value]) => {
        const property = `settings.${name}`;
        if (!/^[a-z][\w.$-]*$/i.test(name)) {
            return [{ property, reason: `is no name of RabbitMQ's: a name is like "heartbeat" or "log.console.level", got ${show(name)}.` }];
        }
        if (reserved.test(name)) {
            return [{ property, reason: "can't be changed: the kubernetes backend sets it, to keep the servers private, encrypted and together. Remove it." }];
        }
        if (value.trim() === "" || /[\p{Cc}#;`]|^\s*["']|["'\\]\s*$/u.test(value)) {
            return [
                {
                    property,
                    reason: `must be one line, neither empty nor in quotes, without "#", ";" and "\`" and with no "\\" at its end: the operator can't hand it on. Got ${show(value)}.`,
                },
            ];
        }
        if (name === "disk_free_limit.relative" && !/^\d+(\.\d+)?$/.test(value.trim())) {
            return [{ property, reason: `must be a number: so many times the memory must be free on the volume. Got ${show(value)}.` }];
        }
        return [];
    });
}

/**
 * The lines of `rabbitmq.conf` beside those of the operator, which set the listeners and the certificate's files: what the size implies, the user's,
 * and ours.
 */
export function configuration({ size, settings }: QueueSpec): Record<string, string> {
    const { "disk_free_limit.relative": relative, ...given } = settings;
    const defaults: Record<string, string> = {
        // Of the four fifths of the limit that the operator tells RabbitMQ of; Erlang needs some more when it collects garbage.
        "vm_memory_high_watermark.relative": "0.7",
        // So much must be free that memory can be written out. The operator's 2 GB are more than a small volume has.
        "disk_free_limit.absolute": bytes(Math.min(size.memoryGb, size.storageGb / 4)),
        // Where one node becomes three, its queues get their copies on the others by themselves. Set from the first, since a change is a restart.
        "quorum_queue.continuous_membership_reconciliation.enabled": "true",
        "quorum_queue.continuous_membership_reconciliation.target_group_size": "3",
    };
    const own: Record<string, string> = {
        ...tls("ssl_options"),
        ...tls("management.ssl"),
        ...tls("prometheus.ssl"),
        // The operator leaves this one open.
        "prometheus.tcp.listener": "none",
        // The administrator gets in through the API server only, which ends at the pod's own loopback interface.
        [`loopback_users.${administrator}`]: "true",
    };
    return {
        // "relative" and "absolute" are two names of one setting.
        ...without(defaults, given, "vm_memory_high_watermark"),
        // The operator sets the absolute one, which wins over a relative one.
        ...(relative === undefined ? {} : { "disk_free_limit.absolute": bytes(Number(relative) * size.memoryGb) }),
        ...given,
        ...own,
    };
}

export function format(settings: Readonly<Record<string, string>>): string {
    return Object.entries(settings)
        .map(([name, value]) => `${name} = ${value.trim()}\n`)
        .join("");
}

function tls(prefix: string): Record<string, string> {
    return { [`${prefix}.versions.1`]: "tlsv1.3", [`${prefix}.versions.2`]: "tlsv1.2" };
}

function without(defaults: Readonly<Record<string, string>>, given: Readonly<Record<string, string>>, family: string): Record<string, string> {
    const isGiven = Object.keys(given).some((name) => name.startsWith(`${family}.`));
    return Object.fromEntries(Object.entries(defaults).filter(([name]) => !(isGiven && name.startsWith(`${family}.`))));
}

function bytes(gigabytes: number): string {
    return String(Math.floor(gigabytes * gibibyte));
}
