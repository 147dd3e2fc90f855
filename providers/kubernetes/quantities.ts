/** Cores as Kubernetes itself writes them, such as "250m" or "2": written otherwise, they would look changed once it has. */
export function cpuQuantity(cores: number): string {
    const thousandths = Math.max(1, Math.round(cores * 1000));
    return thousandths % 1000 === 0 ? String(thousandths / 1000) : `${thousandths}m`;
}

/** GiB as Kubernetes itself writes them, such as "512Mi" or "2Gi". */
export function memoryQuantity(gigabytes: number): string {
    let [figure, suffix] = [Math.max(1, Math.round(gigabytes * 1024)), "Mi"];
    for (const larger of ["Gi", "Ti", "Pi"]) {
        if (figure % 1024 !== 0) {
            break;
        }
        [figure, suffix] = [figure / 1024, larger];
    }
    return `${figure}${suffix}`;
}
