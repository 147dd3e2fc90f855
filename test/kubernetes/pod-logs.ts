import { type ChildProcess, spawn } from "node:child_process";
import type { TestCluster } from "../support/kubernetes";

/** Everything that the pods with a label say from now on, also those that come and go meanwhile. */
export class PodLogs {
    private readonly cluster: TestCluster;
    private readonly namespace: string;
    private readonly selector: string;
    private readonly followed = new Map<string, ChildProcess>();
    private readonly texts = new Map<string, string>();
    private readonly polling: NodeJS.Timeout;

    constructor(cluster: TestCluster, namespace: string, selector: string) {
        this.cluster = cluster;
        this.namespace = namespace;
        this.selector = selector;
        this.polling = setInterval(() => void this.follow().catch(() => undefined), 300);
    }

    /** All lines, each after the name of its pod. */
    lines(): string[] {
        return [...this.texts].flatMap(([pod, text]) =>
            text
                .split("\n")
                .slice(0, -1)
                .map((line) => `${pod} ${line}`),
        );
    }

    /** How many pods there were. */
    get pods(): number {
        return this.texts.size;
    }

    close(): void {
        clearInterval(this.polling);
        for (const child of this.followed.values()) {
            child.kill();
        }
    }

    private async follow(): Promise<void> {
        const { kubectl } = this.cluster;
        const running = ["--namespace", this.namespace, "get", "pods", "--selector", this.selector, "--field-selector", "status.phase=Running"];
        for (const pod of (await kubectl.must(...running, "--output", "name")).split("\n")) {
            if (pod === "" || this.followed.has(pod)) {
                continue;
            }
            const args = ["--namespace", this.namespace, "logs", "--follow", "--all-containers", pod];
            const child = spawn(kubectl.program, args, { env: kubectl.env as NodeJS.ProcessEnv, stdio: ["ignore", "pipe", "ignore"] });
            this.followed.set(pod, child);
            this.texts.set(pod, "");
            child.stdout.setEncoding("utf8").on("data", (part: string) => this.texts.set(pod, (this.texts.get(pod) ?? "") + part));
        }
    }
}
