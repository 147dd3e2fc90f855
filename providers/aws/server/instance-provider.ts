import type { dynamic } from "@pulumi/pulumi";
import { runtime } from "@pulumi/pulumi";
import type { InstanceInputs } from "./inputs";
import { refusals } from "./refusals";

/** The provider of `AwsInstance`: makes nothing; refuses at preview what would lose data, and keeps what must not move by itself. */
export class InstanceProvider implements dynamic.ResourceProvider<InstanceInputs, InstanceInputs> {
    async check(olds: Partial<InstanceInputs>, news: InstanceInputs): Promise<dynamic.CheckResult<InstanceInputs>> {
        if (olds.base === undefined || olds.base === runtime.unknownValue) {
            const version = news.version ?? news.newestVersion;
            return { inputs: { ...news, version, generation: 1, name: news.base }, failures: [] };
        }
        const { losses, failures } = refusals(olds as InstanceInputs, news);
        const generation = (olds.generation ?? 1) + (losses > 0 ? 1 : 0);
        const { base } = olds;
        const inputs: InstanceInputs = {
            ...news,
            base,
            name: generation === 1 ? base : `${base}-${generation}`,
            generation,
            version: news.version ?? olds.version ?? news.newestVersion,
            choices: { ...news.choices, ...olds.choices },
        };
        return { inputs, failures };
    }

    async diff(_id: string, olds: InstanceInputs, news: InstanceInputs): Promise<dynamic.DiffResult> {
        const compared = ["name", "version", "choices", "fixed", "durability", "allowMajorUpgrade", "allowDataLoss"] as const;
        return { changes: compared.some((key) => comparable(olds[key]) !== comparable(news[key])) };
    }

    async create(inputs: InstanceInputs): Promise<dynamic.CreateResult<InstanceInputs>> {
        return { id: inputs.base, outs: inputs };
    }

    async update(_id: string, _olds: InstanceInputs, news: InstanceInputs): Promise<dynamic.UpdateResult<InstanceInputs>> {
        return { outs: news };
    }
}

/** The same text for the same value, in whatever order its keys are. */
function comparable(value: unknown): string {
    const sorted =
        value !== null && typeof value === "object" && !Array.isArray(value) ? Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1)) : value;
    return JSON.stringify(sorted) ?? "";
}
