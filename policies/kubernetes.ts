import type { Facts } from "./facts";

/** The ports of the servers that rules care for, with and without TLS, and of their administration. */
export const dataPorts: readonly number[] = [1433, 3306, 5432, 5433, 6432, 5671, 5672, 15671, 15672, 6379, 6380, 11211, 26379, 27017];

/** A data server, by the last part of an image's name. */
const images: readonly (readonly [string, RegExp])[] = [
    ["postgresql", /postgres|postgis|pgvector|timescale|spilo/],
    ["rabbitmq", /rabbitmq/],
    ["valkey", /redis|valkey|keydb|dragonfly/],
    ["mysql", /mysql|mariadb/],
    ["mongodb", /mongo/],
];

/** Sidecars that carry a server's name and aren't one. */
const noServer = /exporter|operator|backup|pgbouncer|admin|commander|insight/;

/** A container that runs a data server. */
export interface DataContainer {
    readonly engine: string;
    readonly container: Facts;
    readonly image: string;
}

/** The containers of a workload that run a data server. */
export function dataContainers(workload: Facts): DataContainer[] {
    return workload.items("spec.template.spec.containers").flatMap((container) => {
        const image = container.knownText("image");
        const engine = engineOf(image);
        return engine === undefined ? [] : [{ engine, container, image }];
    });
}

/** The server in an image, by the image's name. */
export function engineOf(image: string): string | undefined {
    const name = nameOf(image).split("/").at(-1) as string;
    return noServer.test(name) ? undefined : images.find(([, pattern]) => pattern.test(name))?.[0];
}

/** What stands after the image's name: `18.4-trixie` of `registry:5000/postgres:18.4-trixie@sha256:...`; undefined without a tag. */
export function tagOf(image: string): string | undefined {
    const [name] = image.split("@") as [string];
    const last = name.slice(name.lastIndexOf("/") + 1);
    return last.includes(":") ? last.slice(last.indexOf(":") + 1) : undefined;
}

function nameOf(image: string): string {
    const [name] = image.split("@") as [string];
    const tag = tagOf(image);
    return tag === undefined ? name : name.slice(0, -tag.length - 1);
}

/** The ports of a Service at which data servers listen. */
export function servedPorts(service: Facts): number[] {
    return service
        .items("spec.ports")
        .flatMap((port) => [port.number("port"), port.number("targetPort")])
        .filter((port) => port !== undefined && dataPorts.includes(port)) as number[];
}

/** The lines of a configuration text, written `key = value` or `key value`. */
export function settingsIn(text: string): Map<string, string> {
    return new Map(
        text.split("\n").flatMap((line) => {
            const [, key, value] = /^\s*([\w.-]+)(?:\s*=\s*|\s+)(.*?)\s*$/.exec(line) ?? [];
            return key === undefined || value === undefined ? [] : [[key, value.replace(/^["']|["']$/g, "")] as const];
        }),
    );
}
