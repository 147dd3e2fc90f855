import type { CacheSpec, Context, Service, ServiceRequest } from "../../components/backend";
import type { Problem } from "../../components/validation";
import { settingProblems } from "../protocols/valkey-settings";
import { directivesOf, ownDirectives, port } from "./cache/configuration";
import { disruptionBudget, podLabels, secrets, service, settingsMap, statefulSet, volumeClaim } from "./cache/objects";
import type { KubernetesConfig } from "./config";
import { commonProblems, layGroundwork, serve } from "./groundwork";
import { clientsOf, externalService, networkPolicy } from "./network";

export function cacheProblems(request: ServiceRequest<KubernetesConfig, CacheSpec>): Problem[] {
    return [...commonProblems("cache", request), ...settingProblems("kubernetes", request.spec.settings, ownDirectives)];
}

/** One server with one volume: plain objects of Kubernetes, no operator. */
export function provisionCache(ctx: Context, config: KubernetesConfig, spec: CacheSpec): Service {
    const ground = layGroundwork(ctx, config, spec, { definitions: [], instances: 1 });
    const directives = directivesOf(spec);
    const labels = podLabels(ground);
    const parts = [settingsMap(ground, directives), secrets(ground), volumeClaim(ground)];
    const main = statefulSet(ground, spec, parts);
    const ways = [
        service(ground),
        ...externalService(ground, labels, { rediss: port }),
        networkPolicy(ground, undefined, labels, [{ from: clientsOf(ground), ports: [port] }]),
        disruptionBudget(ground),
    ];
    return serve(ground, {
        objects: [...parts, main, ...ways],
        main,
        settings: directives,
        clients: { podLabels: labels, ports: [port] },
        revision: undefined,
    });
}
