import type { Client } from "pg";
import type { BindingValues } from "../..";
import { Quickstart } from "../quickstart";

/** Runs the quickstart, prints its bindings and proves them. */
export async function run(): Promise<void> {
    const quickstart = await Quickstart.open();
    await quickstart.up();
    const { orders, reports } = quickstart.bindings() as { orders: BindingValues; reports: BindingValues };
    print("orders", orders);
    print("reports", reports);
    await prove(orders, reports);
    console.log(`\nConnect:   psql "$(npm run --silent bindings | node -pe 'JSON.parse(fs.readFileSync(0)).orders.uri')"`);
    console.log("Bindings:  npm run --silent bindings      (as JSON, secrets shown)");
    console.log("Clean up:  npm run down");
}

function print(name: string, values: BindingValues): void {
    console.log(`\n${name}`);
    const masked = { ...values, certificates: undefined, password: "********" };
    for (const [key, value] of Object.entries(masked)) {
        if (value !== undefined) {
            console.log(`  ${key.padEnd(9)} ${String(value).replaceAll(encodeURIComponent(values.password), "********")}`);
        }
    }
}

/** Writes as one user, reads as the other, and sees that the other can't write. */
async function prove(writer: BindingValues, reader: BindingValues): Promise<void> {
    const write = await connect(writer);
    const read = await connect(reader);
    try {
        await write.query("CREATE TABLE IF NOT EXISTS quickstart_proof (at timestamptz)");
        await write.query("INSERT INTO quickstart_proof VALUES (now())");
        const { rowCount } = await read.query("SELECT at FROM quickstart_proof");
        const refused = await read.query("INSERT INTO quickstart_proof VALUES (now())").then(
            () => false,
            () => true,
        );
        if (rowCount !== 1 || !refused) {
            throw new Error(`the bindings don't do what they should: "${reader.username}" ${refused ? `read ${rowCount} rows of 1` : "could write"}`);
        }
    } finally {
        await write.query("DROP TABLE IF EXISTS quickstart_proof");
        await Promise.all([write.end(), read.end()]);
    }
    console.log(`\nProved over TLS: "${writer.username}" wrote a row, "${reader.username}" read it and could not write.`);
}

async function connect(values: BindingValues): Promise<Client> {
    const { Client } = await import("pg");
    const client = new Client({ connectionString: values.uri });
    await client.connect();
    return client;
}
