import type { Context, QueueSpec, Service, ServiceRequest } from "../../components/backend";
import type { Problem } from "../../components/validation";
import type { KubernetesConfig } from "./config";
import { commonProblems } from "./groundwork";

export function queueProblems(request: ServiceRequest<KubernetesConfig, QueueSpec>): Problem[] {
    return commonProblems("queue", request);
}

export function provisionQueue(_ctx: Context, _config: KubernetesConfig, _spec: QueueSpec): Service {
    throw new Error("not written yet");
}
