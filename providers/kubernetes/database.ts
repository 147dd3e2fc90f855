import type { Context, DatabaseSpec, Service, ServiceRequest } from "../../components/backend";
import type { Problem } from "../../components/validation";
import type { KubernetesConfig } from "./config";
import { commonProblems } from "./groundwork";

export function databaseProblems(request: ServiceRequest<KubernetesConfig, DatabaseSpec>): Problem[] {
    return commonProblems("database", request);
}

export function provisionDatabase(_ctx: Context, _config: KubernetesConfig, _spec: DatabaseSpec): Service {
    throw new Error("not written yet");
}
