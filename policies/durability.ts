import type { Circumstances } from "./rule";

/** Whether the program said of this service that its data may be lost. That is a declared exemption from rules that keep data. */
export function isThrowAway({ service }: Pick<Circumstances, "service">): boolean {
    return service?.facts.durability === "ephemeral";
}
