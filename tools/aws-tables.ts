import type { ServiceKind } from "../components/backend";
import { type Change, changes, otherChanges, sources } from "../providers/aws/changes";
import { machines } from "../providers/aws/machines";

const resources: Readonly<Record<ServiceKind, string>> = {
    database: "a database, `aws.rds.Instance`",
    queue: "a queue, `aws.mq.Broker`",
    cache: "a cache, `aws.elasticache.ReplicationGroup`",
};

const refused = "**refused** unless `allowDataLoss` names `replacement`: the data are lost";

/** What a change does, from the data that errors are made of. */
export function changeTable(): string {
    const tables = (Object.keys(resources) as ServiceKind[]).map((kind) => {
        const rows = changes[kind].map((change) => row(change.asked, effectOf(change), change.consequence, `\`${change.property}\``, change.source));
        const others = otherChanges
            .filter(({ kinds }) => kinds.includes(kind))
            .map((change) => row(change.asked, effectOf(change), change.consequence, "", ""));
        const asked = [...rows, ...others].filter((text) => !text.startsWith("| |"));
        const never = [...rows, ...others].filter((text) => text.startsWith("| |"));
        return `\n**What a change does to ${resources[kind]}**\n\n| what you change | effect | | property | source |\n|---|---|---|---|---|\n${asked.join("")}${never.join("")}`;
    });
    const legend = Object.entries(sources).map(([name, text]) => `\`${name}\`: ${text}`);
    return `${tables.join("")}\nSources: ${legend.join("; ")}.\n\n`;
}

function row(...cells: readonly (string | undefined)[]): string {
    return `|${cells.map((cell) => (cell === undefined || cell === "" ? " " : ` ${cell} `)).join("|")}|\n`;
}

function effectOf({ effect, waits }: Pick<Change, "effect" | "waits">): string {
    const words = { online: "online", restart: "restart", deferred: "deferred", replace: refused, never: "never" }[effect];
    return waits ? `${words}; critical: in the maintenance window` : words;
}

/** What a size may become. */
export function machineTable(): string {
    const rows = (Object.keys(machines) as ServiceKind[]).map(
        (kind) =>
            `| ${kind} | ${machines[kind].map(({ name, vcpu, memoryGb, forTrials }) => `${name} (${vcpu}, ${memoryGb})${forTrials ? " for ephemeral ones only" : ""}`).join(", ")} |\n`,
    );
    return `\n| | class (vCPU, GiB), cheapest first |\n|---|---|\n${rows.join("")}\n`;
}
