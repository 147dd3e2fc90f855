/**
 * A size class: how much cpu, memory and storage a service gets. Each figure can be overridden.
 *
 * | size | cpu | memory (GiB) | storage (GiB) |
 * |---|---|---|---|
 * | `nano` | 0.25 | 0.25 | 1 |
 * | `micro` | 0.5 | 1 | 5 |
 * | `small` | 1 | 2 | 20 |
 * | `medium` | 2 | 8 | 100 |
 * | `large` | 4 | 16 | 250 |
 * | `xlarge` | 8 | 32 | 500 |
 *
 * The steps follow the memory of RDS's burstable and general classes (`db.t4g.micro` 1 GiB … `db.m7g.2xlarge` 32 GiB),
 * so that every backend has a machine that fits.
 */
export const Size = {
    Nano: "nano",
    Micro: "micro",
    Small: "small",
    Medium: "medium",
    Large: "large",
    Xlarge: "xlarge",
} as const;
export type Size = (typeof Size)[keyof typeof Size];

/** A size with its figures. */
export interface ResolvedSize {
    readonly name: Size;
    /** Cores; fractions allowed. */
    readonly cpu: number;
    /** GiB. */
    readonly memoryGb: number;
    /** GiB. */
    readonly storageGb: number;
}

/** The figures of each size class; see `Size`. */
export const sizes: { readonly [S in Size]: Omit<ResolvedSize, "name"> } = {
    nano: { cpu: 0.25, memoryGb: 0.25, storageGb: 1 },
    micro: { cpu: 0.5, memoryGb: 1, storageGb: 5 },
    small: { cpu: 1, memoryGb: 2, storageGb: 20 },
    medium: { cpu: 2, memoryGb: 8, storageGb: 100 },
    large: { cpu: 4, memoryGb: 16, storageGb: 250 },
    xlarge: { cpu: 8, memoryGb: 32, storageGb: 500 },
};

/** The size's own figures, with those that the user overrode. */
export function resolveSize(name: Size, overrides: Partial<Omit<ResolvedSize, "name">>): ResolvedSize {
    const base = sizes[name];
    return {
        name,
        cpu: overrides.cpu ?? base.cpu,
        memoryGb: overrides.memoryGb ?? base.memoryGb,
        storageGb: overrides.storageGb ?? base.storageGb,
    };
}
