/**
 * Loads a package that only some programs need.
 *
 * @throws Error with `missing`, which says what to install, where there is no such package
 */
export function loadOptional<Package>(load: () => Package, missing: string): Package {
    try {
        return load();
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") {
            throw new Error(missing);
        }
        throw error;
    }
}
