import type { QueueSpec } from "../../../components/backend";
import { type Problem, show } from "../../../components/validation";

/** What Amazon MQ decides on: listeners, certificates, users, the cluster. */
const reserved =
    /^(listeners|ssl_options|loopback_users|default_(user|pass|vhost)|load_definitions|definitions|cluster_\w+|management\.(tcp|ssl|listener))(\.|$)/;

/** What is wrong with `settings`. Which of RabbitMQ's settings Amazon MQ takes only Amazon MQ can tell. */
export function settingProblems({ settings }: QueueSpec): Problem[] {
    return Object.entries(settings).flatMap(([name, value]) => {
        const property = `settings.${name}`;
        if (!/^[a-z][\w.$-]*$/i.test(name)) {
            return [{ property, reason: `is no name of RabbitMQ's: a name is like "consumer_timeout", got ${show(name)}.` }];
        }
        if (reserved.test(name)) {
            return [{ property, reason: "can't be changed: Amazon MQ sets it. Remove it." }];
        }
        if (value.trim() === "" || /[\p{Cc}#]/u.test(value)) {
            return [{ property, reason: `must be one line, neither empty nor with a "#", got ${show(value)}.` }];
        }
        return [];
    });
}

/** The lines of `rabbitmq.conf`; undefined where nothing was asked for, and Amazon MQ's own configuration stays. */
export function configurationOf({ settings }: QueueSpec): string | undefined {
    const lines = Object.entries(settings).map(([name, value]) => `${name} = ${value.trim()}\n`);
    return lines.length === 0 ? undefined : lines.join("");
}
