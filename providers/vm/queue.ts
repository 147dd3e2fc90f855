import type { Context, QueueSpec, Service, ServiceRequest } from "../../components/backend";
import { type Problem, show } from "../../components/validation";
import type { VmConfig } from "./config";
import { placementProblems } from "./placement";
import { provisionServer } from "./provision";

/** RabbitMQ of the host's own packages. */
export function provisionQueue(ctx: Context, config: VmConfig, spec: QueueSpec): Service {
    const defaults: Record<string, string> = {
        // Publishers are stopped at four fifths: Erlang needs some more when it collects garbage. Below 256 MiB a node stops them at rest.
        "vm_memory_high_watermark.absolute": String(Math.max(256 * 2 ** 20, Math.floor(spec.size.memoryGb * 0.8 * 2 ** 30))),
        "disk_free_limit.absolute": "200MB",
    };
    // "relative" and "absolute" are two names of one setting.
    const given = Object.keys(spec.settings);
    const kept = Object.entries(defaults).filter(([name]) => !given.some((other) => other.startsWith(`${name.split(".")[0]}.`)));
    return provisionServer(ctx, config, spec, { path: spec.vhost, settings: { ...Object.fromEntries(kept), ...spec.settings } });
}

/** What the agent decides on: who may connect, and by what listener. */
const reserved =
    /^(listeners|ssl_options|load_definitions|definitions|default_(user|pass)|loopback_users|anonymous_login_\w+|management\.(tcp|ssl|listener|load_definitions))(\.|$)/;

export function queueProblems(request: ServiceRequest<VmConfig, QueueSpec>): Problem[] {
    const problems = placementProblems(request);
    for (const [name, value] of Object.entries(request.spec.settings)) {
        const property = `settings.${name}`;
        if (!/^[a-z][\w.$-]*$/i.test(name)) {
            problems.push({ property, reason: `is no name of RabbitMQ's: a name is like "heartbeat" or "log.console.level", got ${show(name)}.` });
        } else if (reserved.test(name)) {
            problems.push({ property, reason: "can't be changed: the vm backend sets it, to keep the server private and encrypted. Remove it." });
        } else if (value.trim() === "" || /\p{Cc}/u.test(value)) {
            problems.push({ property, reason: `must be one line and not empty, got ${show(value)}.` });
        }
    }
    return problems;
}
