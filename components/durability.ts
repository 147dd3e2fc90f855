/**
 * How much a service's data matters.
 *
 * - `ephemeral`: throw-away. Not protected; `destroy` removes the data for good.
 * - `standard`: kept. Protected from deletion and replacement; where a delete is allowed, a final copy stays.
 * - `critical`: as `standard`, and the backend adds what it has for data that must survive the loss of a machine.
 */
export const Durability = {
    Ephemeral: "ephemeral",
    Standard: "standard",
    Critical: "critical",
} as const;
export type Durability = (typeof Durability)[keyof typeof Durability];

export const durabilities: readonly Durability[] = Object.values(Durability);

/** Whether a service's stateful resources carry Pulumi's `protect`. */
export function isProtected(durability: Durability): boolean {
    return durability !== "ephemeral";
}
