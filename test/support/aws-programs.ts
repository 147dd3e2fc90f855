import type { ServiceKind } from "../../components/backend";
import { type Durability, ManagedCache, ManagedDatabase, ManagedQueue } from "../../index";
import { recordAws } from "./aws-mocks";
import type { Recording } from "./recorder";

export type { ServiceKind } from "../../components/backend";
export { durabilities } from "../../components/durability";
export type { Durability } from "../../index";

/** One service of each kind as nobody configured it, with one more binding. */
export const services: Readonly<Record<ServiceKind, (durability: Durability, settings?: object) => Promise<Recording<unknown>>>> = {
    database: (durability, settings) =>
        recordAws(() => new ManagedDatabase("orders", { durability, tags: { team: "shop" }, bindings: { reports: { access: "readonly" } } }), settings),
    queue: (durability, settings) =>
        recordAws(() => new ManagedQueue("events", { durability, tags: { team: "shop" }, bindings: { worker: { access: "readonly" } } }), settings),
    cache: (durability, settings) =>
        recordAws(
            () => new ManagedCache("sessions", { durability, tags: { team: "shop" }, bindings: { dashboard: { access: "readonly", keys: ["session:*"] } } }),
            settings,
        ),
};
