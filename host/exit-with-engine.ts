let watching = false;

/**
 * Ends this process soon after the engine that started it is gone. A killed engine leaves its plugins running, and a half-done
 * create would go on beside the next `pulumi up`.
 */
export function exitWithEngine(): void {
    if (watching || process.platform === "win32") {
        return;
    }
    watching = true;
    const engine = process.ppid;
    setInterval(() => {
        if (process.ppid !== engine) {
            process.exit(1);
        }
    }, 250).unref();
}
