const suffixes: Readonly<Record<string, number>> = {
    ...{ "": 1, n: 1e-9, u: 1e-6, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18 },
    ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60 },
};

/** Cores of a Kubernetes quantity, such as 0.25 of "250m". */
export function parseCpu(quantity: string): number {
    return parse(quantity);
}

/** Bytes of a Kubernetes quantity, such as 1073741824 of "1Gi". */
export function parseMemory(quantity: string): number {
    return parse(quantity);
}

/**
 * A Kubernetes quantity of cores, in the one spelling that Kubernetes' own programs write: an operator that rewrites an object would else
 * count as the one who set the field, and a later change of it as a conflict.
 */
export function formatCpu(cores: number): string {
    const thousandths = Math.round(cores * 1000);
    return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}

/** A Kubernetes quantity of bytes, in whole MiB; spelled as {@link formatCpu} does. */
export function formatGibibytes(gibibytes: number): string {
    let amount = Math.ceil(gibibytes * 1024);
    let unit = 0;
    while (amount % 1024 === 0 && unit < 3) {
        amount /= 1024;
        unit += 1;
    }
    return `${amount}${["Mi", "Gi", "Ti", "Pi"][unit]}`;
}

function parse(quantity: string): number {
    const [, digits, suffix = ""] = /^([0-9.]+(?:e[0-9]+)?)([A-Za-z]*)$/i.exec(quantity) ?? [];
    const factor = suffixes[suffix];
    if (digits === undefined || factor === undefined) {
        throw new Error(`"${quantity}" is no Kubernetes quantity`);
    }
    return Number(digits) * factor;
}
