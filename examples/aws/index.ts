import { exportBindings, ManagedCache, ManagedDatabase, ManagedQueue } from "pulumi-data-services";
import { AwsDatabase } from "pulumi-data-services/providers/aws";

const orders = new ManagedDatabase("orders", { version: "17" });
const events = new ManagedQueue("events");
const sessions = new ManagedCache("sessions");

// Users of their own: one reads tables, one consumes messages, one sees some keys.
const reports = orders.bind("reports", { access: "readonly" });
const worker = events.bind("worker", { access: "readonly" });
const dashboard = sessions.bind("dashboard", { access: "readonly", keys: ["session:*"] });

export const bindings = exportBindings({ orders, events, sessions, reports, worker, dashboard });

// What this package has no argument for is done with the AWS resource itself; elsewhere there is none.
export const databaseArn = AwsDatabase.of(orders)?.instance.arn;
