import * as k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import { exportBindings, ManagedDatabase } from "pulumi-data-services";

const config = new pulumi.Config();
const namespace = config.get("namespace") ?? "shop";
const image = config.get("image") ?? "postgres:17";

const orders = new ManagedDatabase("orders", { size: "nano" });

// The application's own user. Another text here gives it a new one: the Deployment rolls over to it, and then the old one is removed.
const binding = orders.bind("shop", { rotation: "2026-01" });

// The binding as a Secret in the application's namespace, and as files in its pods.
const dependsOn = new k8s.core.v1.Namespace("shop", { metadata: { name: namespace } });
const { volume, volumeMount, env } = binding.volume({ namespace, dependsOn });

// Stands for an application: each second it makes a connection, verifies the server by the authority in the binding, and writes.
const application = `
trap exit TERM
cd "$SERVICE_BINDING_ROOT/orders-shop"
export PGHOST="$(cat host)" PGPORT="$(cat port)" PGDATABASE="$(cat database)" PGUSER="$(cat username)" PGPASSWORD="$(cat password)"
export PGSSLMODE=verify-full PGSSLROOTCERT="$PWD/certificates"
psql -c "CREATE TABLE IF NOT EXISTS visits (at timestamptz DEFAULT now())"
while true; do
    psql -c "INSERT INTO visits DEFAULT VALUES"
    sleep 1 & wait
done`;

const labels = { app: "shop" };
new k8s.apps.v1.Deployment(
    "shop",
    {
        metadata: { namespace },
        spec: {
            replicas: 2,
            selector: { matchLabels: labels },
            template: {
                metadata: { labels },
                spec: {
                    volumes: [volume],
                    containers: [{ name: "shop", image, command: ["bash", "-c", application], env: [env], volumeMounts: [volumeMount] }],
                },
            },
        },
    },
    { dependsOn },
);

export const bindings = exportBindings({ binding });
