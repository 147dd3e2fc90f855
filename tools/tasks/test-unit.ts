import { report, runMocha } from "../mocha";

/** Mocks only: no engine, no server. */
export async function run(args: string[]): Promise<number> {
    return report([await runMocha({ files: ["test/unit/**/*.spec.ts"], args })]);
}
