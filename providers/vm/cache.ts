import type { CacheSpec, Context, Service, ServiceRequest } from "../../components/backend";
import type { Problem } from "../../components/validation";
import { impliedDirectives, settingProblems, userDirectives } from "../protocols/valkey-settings";
import type { VmConfig } from "./config";
import { placementProblems } from "./placement";
import { provisionServer } from "./provision";

/** What the agent decides on. */
const own = [
    ...["bind", "port", "tls-port", "tls-cert-file", "tls-key-file", "tls-ca-cert-file", "tls-auth-clients", "tls-protocols", "unixsocket"],
    ...["protected-mode", "aclfile", "dir", "dbfilename", "daemonize", "supervised", "pidfile", "logfile", "appendonly"],
];

/** Valkey of the host's own packages, or Redis where there is no Valkey. */
export function provisionCache(ctx: Context, config: VmConfig, spec: CacheSpec): Service {
    const { size, durability, evictionPolicy, settings } = spec;
    const directives = { ...impliedDirectives(size.memoryGb, durability, evictionPolicy), ...userDirectives(settings) };
    return provisionServer(ctx, config, spec, { settings: directives });
}

export function cacheProblems(request: ServiceRequest<VmConfig, CacheSpec>): Problem[] {
    return [...placementProblems(request), ...settingProblems("vm", request.spec.settings, own)];
}
