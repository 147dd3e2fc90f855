import { existsSync } from "node:fs";
import { ensureBuilt } from "../build";
import { report, runMocha } from "../mocha";
import { ensureTestTools } from "../test-tools";

const help = `This suite makes a database, a queue and a cache in a real AWS account, which costs money, and takes an hour. It needs:
  DATA_SERVICES_TEST_AWS=1                     your consent
  AWS credentials                              AWS_PROFILE, or AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY
  AWS_REGION                                   where everything is made
  DATA_SERVICES_TEST_AWS_SETTINGS=<file>       the settings of the aws backend, as JSON: subnetIds, allowedCidrs, certificateAuthority, bastion
test/opt-in/README.md says what it makes, what that costs and how to clean up.`;

/** The `aws` backend in a real account. */
export async function run(args: string[]): Promise<number> {
    const missing = problems(process.env);
    if (missing.length > 0) {
        console.error([...missing, "", help].join("\n"));
        return 1;
    }
    const env = await ensureTestTools({ parts: ["pulumi"], cluster: false });
    ensureBuilt();
    return report([await runMocha({ files: ["test/opt-in/aws-account.ts"], env, args })]);
}

/** What is missing for a run that may cost money; nothing is guessed. */
export function problems(env: NodeJS.ProcessEnv): string[] {
    const credentials = Boolean(env.AWS_PROFILE) || (Boolean(env.AWS_ACCESS_KEY_ID) && Boolean(env.AWS_SECRET_ACCESS_KEY));
    const settings = env.DATA_SERVICES_TEST_AWS_SETTINGS;
    return [
        ...(env.DATA_SERVICES_TEST_AWS === "1" ? [] : ["DATA_SERVICES_TEST_AWS isn't 1: nothing is made in an account without that."]),
        ...(credentials ? [] : ["There are no AWS credentials in the environment."]),
        ...(env.AWS_REGION ? [] : ["AWS_REGION isn't set."]),
        ...(settings && existsSync(settings) ? [] : ["DATA_SERVICES_TEST_AWS_SETTINGS doesn't name a file."]),
    ];
}
