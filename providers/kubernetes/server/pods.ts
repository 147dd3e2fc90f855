import type { Api, KubernetesObject } from "./api";
import type { Pending } from "./waiting";

/** A pod, in as much as this library looks at it. */
export interface Pod extends KubernetesObject {
    readonly spec: {
        readonly containers: readonly { readonly name: string; readonly image: string; readonly resources?: object }[];
        readonly nodeName?: string;
    };
    readonly status?: {
        readonly phase?: string;
        readonly conditions?: readonly Condition[];
        readonly containerStatuses?: readonly ContainerStatus[];
        readonly initContainerStatuses?: readonly ContainerStatus[];
    };
}

export interface Condition {
    readonly type: string;
    readonly status: string;
    readonly reason?: string;
    readonly message?: string;
}

interface ContainerStatus {
    readonly name: string;
    readonly restartCount: number;
    readonly state?: {
        readonly running?: object;
        readonly waiting?: { readonly reason?: string; readonly message?: string };
        readonly terminated?: Terminated;
    };
    readonly lastState?: { readonly terminated?: Terminated };
}

interface Terminated {
    readonly exitCode: number;
    readonly reason?: string;
    readonly message?: string;
}

export interface VolumeClaim extends KubernetesObject {
    readonly spec: { readonly volumeName?: string; readonly storageClassName?: string };
    readonly status?: { readonly phase?: string; readonly capacity?: { readonly storage?: string } };
}

export function podsOf(api: Api, namespace: string, selector: string): Promise<readonly Pod[]> {
    return api.list<Pod>(`/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(selector)}`);
}

export function claimsOf(api: Api, namespace: string, selector: string): Promise<readonly VolumeClaim[]> {
    return api.list<VolumeClaim>(`/api/v1/namespaces/${namespace}/persistentvolumeclaims?labelSelector=${encodeURIComponent(selector)}`);
}

export function isReady(pod: Pod): boolean {
    return pod.metadata.deletionTimestamp === undefined && pod.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;
}

/** Why pods don't run, in their own words, the worst first; undefined when nothing is wrong with them. */
export function troubleOf(pods: readonly Pod[]): Pending | undefined {
    const troubles = pods.flatMap(podTroubles);
    return troubles.find(({ hopeless }) => hopeless) ?? troubles[0];
}

function podTroubles(pod: Pod): Pending[] {
    const { name } = pod.metadata;
    const troubles: Pending[] = [];
    const scheduled = pod.status?.conditions?.find(({ type }) => type === "PodScheduled");
    if (scheduled?.status === "False") {
        troubles.push({ reason: `no node takes the pod ${name}: ${scheduled.message ?? scheduled.reason ?? "not scheduled"}` });
    }
    for (const { name: container, state, lastState, restartCount } of [
        ...(pod.status?.initContainerStatuses ?? []),
        ...(pod.status?.containerStatuses ?? []),
    ]) {
        const waiting = state?.waiting;
        const subject = `the container ${container} of the pod ${name}`;
        switch (waiting?.reason) {
            case "ErrImagePull":
            case "ImagePullBackOff":
            case "ErrImageNeverPull":
            case "InvalidImageName":
                troubles.push({ reason: `${subject} can't get its image: ${waiting.message ?? waiting.reason}`, hopeless: waiting.reason !== "ErrImagePull" });
                break;
            case "CreateContainerConfigError":
                troubles.push({ reason: `${subject} can't be made: ${waiting.message ?? waiting.reason}` });
                break;
            case "CrashLoopBackOff": {
                const end = lastState?.terminated;
                const how = end === undefined ? "" : ` with code ${end.exitCode}${end.reason === undefined ? "" : ` (${end.reason})`}`;
                const last = end?.message?.trim().split("\n").at(-1) ?? "";
                const said = last === "" ? "" : `. It said last: ${last.slice(0, 300)}`;
                troubles.push({
                    reason: `${subject} ended ${restartCount} times${how}: kubectl logs ${name} -c ${container} --previous${said}`,
                    hopeless: restartCount >= 5,
                });
                break;
            }
        }
    }
    return troubles;
}
