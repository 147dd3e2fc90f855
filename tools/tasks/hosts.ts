import { ensureHost, releaseOf, stopHosts, type TestHost } from "../hosts";

/** Test hosts: `up [count]` starts them, `down` ends them (`--wipe`: and their disks), `env [count]` prints an environment with them. */
export async function run(args: string[]): Promise<number> {
    const [command, option, ...more] = args;
    if (command === "down" && (option === undefined || option === "--wipe") && more.length === 0) {
        const stopped = await stopHosts({ wipe: option === "--wipe" });
        console.log(stopped === 0 ? "There were no test hosts running." : `${stopped} test ${stopped === 1 ? "host is" : "hosts are"} down.`);
        return 0;
    }
    const count = Number(option ?? 2);
    if ((command === "up" || command === "env") && more.length === 0 && Number.isInteger(count) && count > 0) {
        return start(command, count);
    }
    console.error("usage: npm run hosts -- up [count] | down [--wipe] | env [count]");
    return 1;
}

async function start(command: "up" | "env", count: number): Promise<number> {
    const hosts: TestHost[] = [];
    for (let slot = 1; slot <= count; slot++) {
        const answer = await ensureHost({ slot, release: releaseOf(slot) });
        if ("reason" in answer) {
            console.error(`There are no test hosts: ${answer.reason}.`);
            return 1;
        }
        hosts.push(answer.host);
    }
    if (command === "env") {
        const config = hosts.map(({ name, address, port, user, privateKeyFile, hostKey }) => [name, { address, port, user, privateKeyFile, hostKey }]);
        console.log(JSON.stringify({ hosts: Object.fromEntries(config) }, null, 2));
        return 0;
    }
    for (const { name, release, address, user, privateKeyFile } of hosts) {
        console.log(`${name} (Debian ${release}): ssh -i ${privateKeyFile} ${user}@${address}`);
    }
    console.log("The settings of the vm backend for them:  npm run --silent hosts -- env");
    console.log("Stop them:                                npm run hosts -- down");
    return 0;
}
