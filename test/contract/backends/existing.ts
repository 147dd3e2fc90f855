import type { ServiceKind } from "../../../index";
import type { Project } from "../../support/engine";
import { ExistingTestServer } from "../../support/existing";
import type { ContractBackend } from "../backend";

const servers = new Map<Project, ExistingTestServer>();

/** Real servers of this machine that are there before the project and stay after it; PostgreSQL's administrator is no superuser. */
export const backend: ContractBackend = {
    kinds: ["database", "queue", "cache"],

    unavailable: () => undefined,

    async environment(project) {
        const kind = project.name.replace("contract-", "") as ServiceKind;
        const server = await ExistingTestServer.start(kind, { evictionPolicy: "allkeys-lfu" });
        servers.set(project, server);
        return { [kind]: { existing: { server: server.settings } }, defaults: { durability: "ephemeral", size: "nano" } };
    },

    moreKeys: { database: [], queue: [], cache: [] },

    // Databases, vhosts and keys stay: they are the server's.
    async leftovers(project) {
        return ((await servers.get(project)?.users()) ?? []).map((user) => `user ${user}`);
    },

    async close(project) {
        await servers.get(project)?.stop();
    },
};
