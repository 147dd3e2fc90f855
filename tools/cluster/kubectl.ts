import { type Outcome, run } from "../toolchain/run";
import { failed } from "./command";

/** The command line of Kubernetes, on one cluster. */
export class Kubectl {
    constructor(
        readonly program: string,
        readonly env: Readonly<Record<string, string | undefined>>,
    ) {}

    async run(...args: string[]): Promise<Outcome> {
        return run(this.program, args, { env: this.env, timeout: 120_000 });
    }

    async must(...args: string[]): Promise<string> {
        const outcome = await this.run(...args);
        if (!outcome.ok) throw failed("kubectl", args, outcome);
        return outcome.stdout.trim();
    }

    async answers(expected: string, ...args: string[]): Promise<boolean> {
        const outcome = await this.run(...args);
        return outcome.ok && outcome.stdout.trim() === expected;
    }
}
