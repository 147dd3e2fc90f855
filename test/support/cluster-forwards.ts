import { type ChildProcess, spawn } from "node:child_process";
import type { Kubectl } from "../../tools/cluster";
import { type FindHost, fullName } from "./cluster-dns";

interface Forward {
    readonly address: string;
    readonly child: ChildProcess;
}

/**
 * Ways into a cluster whose services this machine can't reach (kind, k3d): `kubectl port-forward`, one for each service, at a loopback address of
 * its own, so that every service keeps its ports.
 */
export class ServiceForwards {
    private readonly kubectl: Kubectl;
    private readonly forwards = new Map<string, Promise<Forward | undefined>>();
    private readonly children = new Set<ChildProcess>();
    private used = 0;
    private readonly end = () => this.close();

    constructor(kubectl: Kubectl) {
        this.kubectl = kubectl;
        process.once("exit", this.end);
    }

    /** Why this machine can't do it. */
    static unavailable(): string | undefined {
        return process.platform === "linux"
            ? undefined
            : `services of an existing cluster are reached by way of addresses such as 127.0.0.2, which ${process.platform} doesn't have by itself`;
    }

    /** The loopback address at which a service listens, once it does. A forward that ended, as with its pod, is begun anew. */
    readonly find: FindHost = async (host) => {
        const key = fullName(host);
        const known = await this.forwards.get(key)?.catch(() => undefined);
        if (known && known.child.exitCode === null && known.child.signalCode === null) {
            return known.address;
        }
        const begun = this.begin(key);
        this.forwards.set(key, begun);
        return (await begun)?.address;
    };

    close(): void {
        process.off("exit", this.end);
        for (const child of this.children) {
            child.kill("SIGKILL");
        }
        this.forwards.clear();
    }

    private async begin(name: string): Promise<Forward | undefined> {
        const [service = "", namespace = "", ...rest] = name.split(".");
        if (rest.join(".") !== "svc.cluster.local") {
            throw new Error(`${name} is no service: of an existing cluster, only services can be reached from this machine`);
        }
        const ports = await this.kubectl.run(
            "--namespace",
            namespace,
            "get",
            "service",
            service,
            "--output",
            'jsonpath={.spec.ports[?(@.protocol=="TCP")].port}',
        );
        if (!ports.ok) {
            if (/NotFound/.test(ports.tail)) {
                return undefined;
            }
            throw new Error(`kubectl get service ${service} in ${namespace} failed: ${ports.tail}`);
        }
        const list = ports.stdout.trim().split(" ");
        const address = this.nextAddress();
        const args = ["--namespace", namespace, "port-forward", "--address", address, `service/${service}`, ...list];
        const child = spawn(this.kubectl.program, args, { env: this.kubectl.env as NodeJS.ProcessEnv, stdio: ["ignore", "pipe", "pipe"] });
        this.children.add(child);
        child.once("exit", () => this.children.delete(child));
        await listening(child, list.length, `port-forward to ${name}`);
        return { address, child };
    }

    /** Another one for each service and for each process of the tests. */
    private nextAddress(): string {
        this.used += 1;
        return `127.${64 + ((process.pid >> 8) & 127)}.${process.pid & 255}.${this.used}`;
    }
}

/** Waits until a port-forward says of each port that it listens. */
function listening(child: ChildProcess, ports: number, what: string): Promise<void> {
    return new Promise((resolve, reject) => {
        let said = "";
        const add = (text: Buffer) => {
            said += text;
            if (said.split("Forwarding from").length > ports) {
                resolve();
            }
        };
        child.stdout?.on("data", add);
        child.stderr?.on("data", add);
        child.on("error", reject);
        child.on("exit", () => reject(new Error(`${what} ended: ${said.trim()}`)));
    });
}
