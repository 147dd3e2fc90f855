import type { CacheSpec, Context, Service, ServiceRequest } from "../../components/backend";
import type { Problem } from "../../components/validation";
import type { KubernetesConfig } from "./config";
import { commonProblems } from "./groundwork";

export function cacheProblems(request: ServiceRequest<KubernetesConfig, CacheSpec>): Problem[] {
    return commonProblems("cache", request);
}

export function provisionCache(_ctx: Context, _config: KubernetesConfig, _spec: CacheSpec): Service {
    throw new Error("not written yet");
}
