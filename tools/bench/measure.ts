/** One figure of the benchmark: ours against a hand-written program, in one run. */
export interface Figure {
    readonly name: string;
    readonly ratio: number;
    readonly limit: number;
    /** What was measured, in its unit. */
    readonly detail: string;
}

/**
 * Measures two things in turn, so that both meet the same machine, and compares the
 * shortest: what else the machine does only ever adds.
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
        const [second, first] = [await theirs(), await ours()];
        measured.theirs.push(second);
        measured.ours.push(first);
        console.error(`  ${name}, round ${round + 1} of ${rounds}: ${first.toFixed(2)} ${unit} against ${second.toFixed(2)} ${unit}`);
    }
    const [a, b] = [Math.min(...measured.ours), Math.min(...measured.theirs)];
    return { name, ratio: a / b, limit, detail: `${a.toFixed(2)} ${unit} against ${b.toFixed(2)} ${unit}, minima of ${rounds}` };
}

/** Seconds that an action takes. */
export async function seconds(action: () => Promise<unknown> | unknown): Promise<number> {
    const start = process.hrtime.bigint();
    await action();
    return Number(process.hrtime.bigint() - start) / 1e9;
}
