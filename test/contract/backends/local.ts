import { existsSync, readdirSync } from "node:fs";
import type { ContractBackend } from "../backend";

/** Real servers of this machine, in the project's own directory. */
export const backend: ContractBackend = {
    kinds: ["database", "queue", "cache"],

    unavailable: () => undefined,

    environment: (project) => project.local({ defaults: { durability: "ephemeral", size: "nano" } }),

    moreKeys: { database: [], queue: [], cache: [] },

    async leftovers(project) {
        const files = existsSync(project.data) ? readdirSync(project.data, { recursive: true }) : [];
        return [...project.processes().map(({ command }) => `process ${command}`), ...files.map((file) => `file ${file}`)];
    },
};
