import * as type from "../../policies/types";
import type { Props, TypeCase } from "./case";

/** A workload that runs a data server. */
export function workload(container: Props, more: { readonly pod?: Props; readonly spec?: Props } = {}): Props {
    return { metadata: { name: "data" }, spec: { ...more.spec, template: { spec: { ...more.pod, containers: [{ name: "main", ...container }] } } } };
}

export const container = "spec.template.spec.containers.0";

/** How a server's setting stands in the properties of each type, and where. */
export const settingShapes: Readonly<Record<string, { readonly of: (name: string, value: string) => Props; readonly path: (name: string) => string }>> = {
    [type.rdsParameterGroup]: { of: (name, value) => ({ family: "postgres17", parameters: [{ name, value }] }), path: () => "parameters.0.value" },
    [type.rdsClusterParameterGroup]: {
        of: (name, value) => ({ family: "aurora-postgresql17", parameters: [{ name, value }] }),
        path: () => "parameters.0.value",
    },
    [type.vmServer]: { of: (name, value) => ({ settings: { [name]: value } }), path: (name) => `settings.${name}` },
    [type.localServer]: { of: (name, value) => ({ settings: { [name]: value } }), path: (name) => `settings.${name}` },
    [type.cnpgCluster]: {
        of: (name, value) => ({ spec: { postgresql: { parameters: { [name]: value } } } }),
        path: (name) => `spec.postgresql.parameters.${name}`,
    },
    [type.zalandoPostgresql]: {
        of: (name, value) => ({ spec: { postgresql: { parameters: { [name]: value } } } }),
        path: (name) => `spec.postgresql.parameters.${name}`,
    },
    [type.rabbitmqCluster]: {
        of: (name, value) => ({ spec: { rabbitmq: { additionalConfig: `${name} = ${value}\n` } } }),
        path: () => "spec.rabbitmq.additionalConfig",
    },
    [type.configMap]: { of: (name, value) => ({ data: { postgresqlconf: "", "postgresql.conf": `# ours\n${name} = '${value}'\n` } }), path: () => "data" },
};

/** The cases of a rule about a server's own settings: absent is the server's own default, which is good, and unknown is looked at by `up`. */
export function settingCases(name: string, good: string, bad: readonly string[]): TypeCase[] {
    return Object.entries(settingShapes).map(([one, { of, path }]) => ({
        type: one,
        compliant: of(name, good),
        violations: bad.map((value) => ({ props: of(name, value), says: new RegExp(`${name} is "${value}"`) })),
        decides: path(name),
        absent: "fine",
        unknown: "fine",
    }));
}

/** The cases of a rule about a yes or no, or another plain value, that several types have alike. */
export function plainCases(
    types: readonly string[],
    path: string,
    good: unknown,
    bad: unknown,
    more: Pick<TypeCase, "absent" | "unknown">,
    base: Props = {},
): TypeCase[] {
    return types.map((one) => ({
        type: one,
        compliant: { ...base, [path]: good },
        violations: [{ props: { ...base, [path]: bad }, says: new RegExp(`^${path}`) }],
        decides: path,
        ...more,
    }));
}
