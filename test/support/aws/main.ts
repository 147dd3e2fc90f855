import { RecordingProvider } from "./provider";
import { Recording } from "./recording";
import { serve } from "./rpc";
import { realServers } from "./servers";

/** Names the file that stands for the account. */
const FILE_VARIABLE = "RECORDING_AWS_FILE";

async function main(): Promise<void> {
    const file = process.env[FILE_VARIABLE];
    if (!file) {
        throw new Error(`the recording aws provider needs ${FILE_VARIABLE}: the file that stands for the account`);
    }
    // The engine reads the port from the first line.
    console.log(await serve(new RecordingProvider(new Recording(file), realServers(process.env))));
}

main().catch((error: Error) => {
    console.error(error.message);
    process.exit(1);
});
