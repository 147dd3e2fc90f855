import type { ServiceKind } from "../../../components/backend";
import type { Durability } from "../../../components/durability";
import type { DataLoss } from "../../../components/identity";

/** The inputs of the `AwsInstance` resource. */
export interface InstanceInputs {
    readonly kind: ServiceKind;
    readonly service: string;
    readonly durability: Durability;
    /** What the name begins with; kept from the first `up` on. Unknown in the first preview. */
    readonly base: string;
    /** Filled in by `check`: the name of the service's AWS resources. */
    readonly name?: string | undefined;
    /** Filled in by `check`: counts how often the service was replaced. */
    readonly generation?: number | undefined;
    /** The major version; filled in by `check` and kept from then on. */
    readonly version?: string | undefined;
    /** The version of a new service that names none. */
    readonly newestVersion: string;
    readonly allowMajorUpgrade: boolean;
    readonly allowDataLoss: readonly DataLoss[];
    /** What this package chooses, by what it is chosen for; completed by `check` with the choices made earlier, which win. */
    readonly choices: Readonly<Record<string, string>>;
    /** What AWS can't change of a living service, by the property of the environment or the component that it comes from. */
    readonly fixed: Readonly<Record<string, string>>;
}
