const suffixes: Readonly<Record<string, number>> = {
    ...{ "": 1, m: 1e-3, k: 1e3, M: 1e6, G: 1e9, T: 1e12 },
    ...{ Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50 },
};

/** Cores of a Kubernetes quantity, such as 0.25 of "250m". */
export function parseCpu(quantity: string): number {
    return parse(quantity);
}

/** Bytes of a Kubernetes quantity, such as 1073741824 of "1Gi". */
export function parseMemory(quantity: string): number {
    return parse(quantity);
}

function parse(quantity: string): number {
    const [, digits, suffix = ""] = /^([0-9.]+(?:e[0-9]+)?)([A-Za-z]*)$/i.exec(quantity) ?? [];
    const factor = suffixes[suffix];
    if (digits === undefined || factor === undefined) {
        throw new Error(`"${quantity}" is no Kubernetes quantity`);
    }
    return Number(digits) * factor;
}
