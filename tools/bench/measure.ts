/** One figure of the benchmark: ours against a hand-written program, in one run. */
export interface Figure {
    readonly name: string;
    readonly ratio: number;
    readonly limit: number;
    /** What was measured, in its unit. */
    readonly detail: string;
}

/**
 * Measures two things in turn, so that both meet the same machine, and compares the medians.
 *
 * @param rounds how often each is measured, after one unmeasured round
 */
export async function compare(
    name: string,
    limit: number,
    unit: string,
    rounds: number,
    ours: () => Promise<number> | number,
    theirs: () => Promise<number> | number,
): Promise<Figure> {
    const measured: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] };
    await theirs();
    await ours();
    for (let round = 0; round < rounds; round++) {
        measured.theirs.push(await theirs());
        measured.ours.push(await ours());
    }
    const [a, b] = [median(measured.ours), median(measured.theirs)];
    return { name, ratio: a / b, limit, detail: `${a.toFixed(2)} ${unit} against ${b.toFixed(2)} ${unit}, medians of ${rounds}` };
}

/** Seconds that an action takes. */
export async function seconds(action: () => Promise<unknown> | unknown): Promise<number> {
    const start = process.hrtime.bigint();
    await action();
    return Number(process.hrtime.bigint() - start) / 1e9;
}

function median(values: readonly number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const middle = Math.floor(sorted.length / 2);
    return sorted.length % 2 === 1 ? (sorted[middle] as number) : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}
