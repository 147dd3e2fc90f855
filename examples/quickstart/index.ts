import { exportBindings, ManagedDatabase } from "pulumi-data-services";

// A PostgreSQL database, wherever this stack's environment places databases: Pulumi.dev.yaml names a server on this machine.
const orders = new ManagedDatabase("orders", { version: "17", size: "nano" });

// A second consumer, with a user and a password of its own, that can read and not write.
const reports = orders.bind("reports", { access: "readonly" });

export const bindings = exportBindings({ orders, reports });
