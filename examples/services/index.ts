import { exportBindings, ManagedCache, ManagedDatabase, ManagedQueue, toVcapServices } from "pulumi-data-services";

const orders = new ManagedDatabase("orders", { size: "nano" });
const events = new ManagedQueue("events", { size: "nano" });
const sessions = new ManagedCache("sessions", { size: "nano", evictionPolicy: "noeviction" });

// Each consumer has a user of its own, that can do what it must and no more.
const shop = orders.bind("shop");
const reports = orders.bind("reports", { access: "readonly" });
const mailer = events.bind("mailer", { access: "readonly" });
const dashboard = sessions.bind("dashboard", { access: "readonly", keys: ["session:*"] });

/** For programs that read JSON. */
export const bindings = exportBindings({ orders, events, sessions, shop, reports, mailer, dashboard });

/** For programs that read environment variables: SHOP_DB_HOST, SHOP_DB_URI, ... */
export const environment = shop.toEnv("SHOP_DB");

/** For Cloud Foundry buildpacks. */
export const vcapServices = toVcapServices({ shop, events, sessions });
