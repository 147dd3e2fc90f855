import { readdirSync } from "node:fs";
import { join, parse } from "node:path";
import type { Environment, ServiceKind } from "../../index";
import type { Project } from "../support/engine";

/** What the contract suite must know of a backend to run on it: one file in `backends/`, named as the backend. */
export interface ContractBackend {
    readonly kinds: readonly ServiceKind[];
    /** Why a kind can't run on this machine; undefined when it can. Shown as the reason of a skip. */
    unavailable(kind: ServiceKind): string | undefined;
    /** Makes ready what takes time; returns a reason to skip after all. @default nothing to do */
    prepare?(): Promise<string | undefined>;
    /** The environment of the suite's project; everything that it makes is throw-away. */
    environment(project: Project): Environment | Promise<Environment>;
    /** Keys that this backend's bindings have beside those of every backend. */
    readonly moreKeys: Readonly<Record<ServiceKind, readonly string[]>>;
    /** What a destroyed project left behind, in words: processes, files, users. */
    leftovers(project: Project): Promise<string[]>;
    /** Removes what the tests themselves made for a project, whatever failed. @default nothing to do */
    close?(project: Project): Promise<void>;
}

/** All backends of the suite, or those that `CONTRACT_BACKEND` names, with commas between. */
export function contractBackends(): { name: string; backend: ContractBackend }[] {
    const all = readdirSync(join(__dirname, "backends")).map((file) => parse(file).name);
    const chosen = process.env.CONTRACT_BACKEND?.split(",") ?? all;
    const unknown = chosen.filter((name) => !all.includes(name));
    if (unknown.length > 0) {
        throw new Error(`The contract suite knows no backend "${unknown.join(", ")}". It knows: ${all.join(", ")}.`);
    }
    return all
        .filter((name) => chosen.includes(name))
        .map((name) => ({ name, backend: (require(`./backends/${name}`) as { backend: ContractBackend }).backend }));
}
