import type { ServiceKind } from "../../components/backend";
import { protocol as postgresql } from "./postgresql";
import type { Protocol } from "./protocol";
import { protocol as rabbitmq } from "./rabbitmq";
import { protocol as valkey } from "./valkey";

/** The protocol of each kind. */
export const protocols: Readonly<Record<ServiceKind, Protocol>> = { database: postgresql, queue: rabbitmq, cache: valkey };
