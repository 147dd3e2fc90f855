import { ensureCluster, stopCluster } from "../cluster";

/** The test cluster: `up` starts it, `down` ends it (`--wipe`: and its data), `env` prints shell lines to work with it. */
export async function run(args: string[]): Promise<number> {
    const [command, ...options] = args;
    const wipe = options.includes("--wipe");
    if (command === "down" && options.length === (wipe ? 1 : 0)) {
        const stopped = await stopCluster({ wipe });
        console.log(stopped ? "The cluster is down." : "There was no cluster running.");
        return 0;
    }
    if ((command === "up" || command === "env") && options.length === 0) {
        return start(command);
    }
    console.error("usage: npm run cluster -- up | down [--wipe] | env");
    return 1;
}

async function start(command: "up" | "env"): Promise<number> {
    const answer = await ensureCluster();
    if ("reason" in answer) {
        console.error(`There is no test cluster: ${answer.reason}.`);
        return 1;
    }
    const { cluster } = answer;
    if (command === "env") {
        for (const [name, value] of Object.entries(cluster.env)) console.log(`export ${name}='${value.replaceAll("'", "'\\''")}'`);
        return 0;
    }
    console.log(`The cluster is up (${cluster.source}).`);
    if (cluster.images) console.log(`Images: ${JSON.stringify(cluster.images, null, 2)}`);
    console.log(`Use it:   eval "$(npm run --silent cluster -- env)"`);
    console.log("Stop it:  npm run cluster -- down");
    return 0;
}
