import { howToInstall } from "./operators/releases";
import type { Demands } from "./server/inputs";

/**
 * A kind of object that an operator brings, with what to tell someone whose cluster lacks it.
 *
 * @param resource the plural in URLs, such as `clusters`
 */
export function definition(group: string, version: string, kind: string, resource: string): Demands["definitions"][number] {
    return { group, version, kind, install: `the cluster knows no ${kind} (${group}/${version}). ${howToInstall(`${resource}.${group}`)}` };
}
