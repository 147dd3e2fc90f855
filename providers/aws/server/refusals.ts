import type { dynamic } from "@pulumi/pulumi";
import type { ServiceKind } from "../../../components/backend";
import { changeOf } from "../changes";
import { upgradesInPlace } from "../versions";
import type { InstanceInputs } from "./inputs";

/** The servers behind the kinds, as people call them. */
const servers = { database: "RDS", queue: "Amazon MQ", cache: "ElastiCache" } as const satisfies Record<ServiceKind, string>;

/** Why a living service may not become what is now asked for, and how many accepted changes replace it. */
export function refusals(was: InstanceInputs, now: InstanceInputs): { losses: number; failures: dynamic.CheckFailure[] } {
    // A fact that an older or newer version of this package doesn't know isn't compared.
    const different = Object.keys(now.fixed).filter((property) => was.fixed[property] !== undefined && was.fixed[property] !== now.fixed[property]);
    // One node is in one subnet, three are in several: who asked for another number of nodes didn't ask for other subnets.
    const changed = different.filter((property) => property !== "subnetIds" || !different.includes("highAvailability"));
    const accepted = now.allowDataLoss.includes("replacement");
    return {
        losses: accepted ? changed.length : 0,
        failures: [...(accepted ? [] : changed.map((property) => ({ property, reason: replacement(was, now, property) }))), ...versionFailures(was, now)],
    };
}

function replacement(was: InstanceInputs, now: InstanceInputs, property: string): string {
    const { consequence } = changeOf(now.kind, property);
    const lift =
        was.durability === "ephemeral"
            ? ""
            : ', having run "up" once with durability: "ephemeral" to lift its protection (make a snapshot before: an ephemeral service leaves none)';
    return (
        `${subject(now)} has ${property} ${JSON.stringify(was.fixed[property])}; ${JSON.stringify(now.fixed[property])} is refused: ${consequence} ` +
        `Set ${property} back; or make a second ${now.kind} under another name and move the data; or, to give up the data, set allowDataLoss: ["replacement"]${lift}.`
    );
}

function versionFailures(was: InstanceInputs, now: InstanceInputs): dynamic.CheckFailure[] {
    const [old, wanted] = [was.version, now.version];
    if (old === undefined || wanted === undefined || old === wanted) {
        return [];
    }
    const refused = (reason: string) => [{ property: "version", reason: `${subject(now)} runs version ${old}${reason}` }];
    if (Number(wanted) < Number(old)) {
        return refused(`; data never go back to an older version, so ${wanted} is refused. Set version: "${old}".`);
    }
    if (!upgradesInPlace[now.kind]) {
        return refused(
            `, and ${servers[now.kind]} moves no living ${now.kind} to ${wanted}. Set version: "${old}"; or make a second ${now.kind} under another name with version: "${wanted}" and move the clients.`,
        );
    }
    if (!now.allowMajorUpgrade) {
        return refused(
            `. Moving it to ${wanted} takes it down for a while, and there is no way back. Set version: "${old}"; or make a snapshot, and set allowMajorUpgrade: true.`,
        );
    }
    return [];
}

function subject({ kind, service }: InstanceInputs): string {
    return `the ${kind} "${service}"`;
}
