import type { ServiceKind, ServiceRequest, ServiceSpec } from "../../components/backend";
import type { ResolvedSize } from "../../components/size";
import { type Problem, show } from "../../components/validation";
import type { AwsConfig } from "./config";

/** A class of machines that AWS offers. */
export interface Machine {
    readonly name: string;
    readonly vcpu: number;
    /** GiB; for caches what is left for the server, as AWS's table of node types tells it. */
    readonly memoryGb: number;
    /** AWS itself recommends it for trials only. */
    readonly forTrials?: true;
}

/** What a size may become, cheapest first; Graviton only. Figures of AWS's documentation, August 2026. */
export const machines: Readonly<Record<ServiceKind, readonly Machine[]>> = {
    database: [
        { name: "db.t4g.micro", vcpu: 2, memoryGb: 1 },
        { name: "db.t4g.small", vcpu: 2, memoryGb: 2 },
        { name: "db.t4g.medium", vcpu: 2, memoryGb: 4 },
        { name: "db.m7g.large", vcpu: 2, memoryGb: 8 },
        { name: "db.r7g.large", vcpu: 2, memoryGb: 16 },
        { name: "db.m7g.xlarge", vcpu: 4, memoryGb: 16 },
        { name: "db.r7g.xlarge", vcpu: 4, memoryGb: 32 },
        { name: "db.m7g.2xlarge", vcpu: 8, memoryGb: 32 },
        { name: "db.r7g.2xlarge", vcpu: 8, memoryGb: 64 },
        { name: "db.m7g.4xlarge", vcpu: 16, memoryGb: 64 },
        { name: "db.r7g.4xlarge", vcpu: 16, memoryGb: 128 },
        { name: "db.m7g.8xlarge", vcpu: 32, memoryGb: 128 },
        { name: "db.r7g.8xlarge", vcpu: 32, memoryGb: 256 },
        { name: "db.m7g.12xlarge", vcpu: 48, memoryGb: 192 },
        { name: "db.m7g.16xlarge", vcpu: 64, memoryGb: 256 },
        { name: "db.r7g.12xlarge", vcpu: 48, memoryGb: 384 },
        { name: "db.r7g.16xlarge", vcpu: 64, memoryGb: 512 },
    ],
    // RabbitMQ 4 runs on these only.
    queue: [
        { name: "mq.m7g.medium", vcpu: 1, memoryGb: 4, forTrials: true },
        { name: "mq.m7g.large", vcpu: 2, memoryGb: 8 },
        { name: "mq.m7g.xlarge", vcpu: 4, memoryGb: 16 },
        { name: "mq.m7g.2xlarge", vcpu: 8, memoryGb: 32 },
        { name: "mq.m7g.4xlarge", vcpu: 16, memoryGb: 64 },
        { name: "mq.m7g.8xlarge", vcpu: 32, memoryGb: 128 },
        { name: "mq.m7g.12xlarge", vcpu: 48, memoryGb: 192 },
        { name: "mq.m7g.16xlarge", vcpu: 64, memoryGb: 256 },
    ],
    cache: [
        { name: "cache.t4g.micro", vcpu: 2, memoryGb: 0.5 },
        { name: "cache.t4g.small", vcpu: 2, memoryGb: 1.37 },
        { name: "cache.t4g.medium", vcpu: 2, memoryGb: 3.09 },
        { name: "cache.m7g.large", vcpu: 2, memoryGb: 6.38 },
        { name: "cache.r7g.large", vcpu: 2, memoryGb: 13.07 },
        { name: "cache.m7g.xlarge", vcpu: 4, memoryGb: 12.93 },
        { name: "cache.r7g.xlarge", vcpu: 4, memoryGb: 26.32 },
        { name: "cache.m7g.2xlarge", vcpu: 8, memoryGb: 26.04 },
        { name: "cache.r7g.2xlarge", vcpu: 8, memoryGb: 52.82 },
        { name: "cache.m7g.4xlarge", vcpu: 16, memoryGb: 52.26 },
        { name: "cache.r7g.4xlarge", vcpu: 16, memoryGb: 105.81 },
        { name: "cache.m7g.8xlarge", vcpu: 32, memoryGb: 103.68 },
        { name: "cache.r7g.8xlarge", vcpu: 32, memoryGb: 209.55 },
        { name: "cache.r7g.12xlarge", vcpu: 48, memoryGb: 317.77 },
        { name: "cache.r7g.16xlarge", vcpu: 64, memoryGb: 419.09 },
    ],
};

const prefixes = { database: "db.", queue: "mq.", cache: "cache." } as const satisfies Record<ServiceKind, string>;

/** The cheapest machine that has what the size asks for; undefined where none has. */
export function machineFor(kind: ServiceKind, spec: ServiceSpec): Machine | undefined {
    return machines[kind].find((machine) => fits(machine, spec.size) && (isForTrials(spec) || !machine.forTrials));
}

/** Whether a service may have a machine that AWS recommends for trials only. */
export function isForTrials({ durability, highAvailability }: ServiceSpec): boolean {
    return durability === "ephemeral" && !highAvailability;
}

function fits({ vcpu, memoryGb }: Machine, size: ResolvedSize): boolean {
    return vcpu >= size.cpu && memoryGb >= size.memoryGb;
}

/** What is wrong with the machine that the environment names, or with the size. */
export function machineProblems(kind: ServiceKind, { service, config, configPath, spec }: ServiceRequest<AwsConfig, ServiceSpec>): Problem[] {
    const named = config.instanceClasses?.[service];
    if (named !== undefined) {
        return named.startsWith(prefixes[kind])
            ? []
            : [
                  {
                      property: `${configPath}.instanceClasses.${service}`,
                      reason: `a ${kind} runs on a class that begins with "${prefixes[kind]}", got ${show(named)}.`,
                  },
              ];
    }
    if (machineFor(kind, spec) !== undefined) {
        return [];
    }
    const largest = machines[kind].reduce((one, other) => (other.memoryGb > one.memoryGb ? other : one));
    const reason =
        `no class of machines known here has ${spec.size.cpu} vCPU and ${spec.size.memoryGb} GiB; the largest, ${largest.name}, has ${largest.vcpu} and ${largest.memoryGb}. ` +
        `Ask for less, or name a class in ${configPath}.instanceClasses.${service}.`;
    return [{ property: spec.size.cpu > largest.vcpu ? "cpu" : "memoryGb", reason }];
}
