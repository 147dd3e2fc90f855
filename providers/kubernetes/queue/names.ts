/** The user that RabbitMQ makes at its first start. */
export const administrator = "data-services";

/** The ports of a pod; `clients` are those that other pods may connect to, the last of them for metrics. */
export const ports = { amqp: 5671, management: 15671, clients: [5671, 15671, 15691] } as const;
