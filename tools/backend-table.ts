import type { Backend, ServiceKind } from "../components/backend";
import { backends } from "../providers";

const kinds: readonly ServiceKind[] = ["database", "queue", "cache"];

/** The README's table of backends, from what the backends say of themselves. */
export function backendTable(): string {
    const rows = Object.entries(backends).map(([name, load]) => {
        const backend: Backend = load() as unknown as Backend;
        return `| [\`${name}\`](providers/${name}/README.md) | ${backend.summary} | ${kinds.map((kind) => cell(backend, kind)).join(" | ")} |\n`;
    });
    return `\n| backend | | database (PostgreSQL) | queue (RabbitMQ) | cache (Valkey, Redis) |\n|---|---|---|---|---|\n${rows.join("")}\n`;
}

function cell(backend: Backend, kind: ServiceKind): string {
    const provider = backend[kind];
    if (!provider) {
        return "–";
    }
    const able = Object.entries(provider.capabilities)
        .filter(([, has]) => has)
        .map(([capability]) => capability);
    return [provider.versions.join(", "), ...able].join("; ");
}
