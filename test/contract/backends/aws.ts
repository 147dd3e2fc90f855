import { SUBNETS } from "../../support/aws/account";
import { AccountWithServers } from "../../support/aws/behind";
import type { Project } from "../../support/engine";
import type { ContractBackend } from "../backend";

const accounts = new Map<Project, AccountWithServers>();

/**
 * The bindings of the `aws` backend on a real PostgreSQL, behind recorded objects of AWS. Real: the server with its TLS, the master user without a
 * superuser's rights, Secrets Manager's protocol, all that a client of a binding sees. Not real: RDS itself, so that neither its parameters nor its
 * network, its failover or its backups are proved here. Queues have no `certificates` in their bindings, which this suite asks for: their real
 * server is in `test/aws`. Users of ElastiCache exist in the record only.
 */
export const backend: ContractBackend = {
    kinds: ["database"],

    unavailable: () => undefined,

    async environment(project) {
        const account = await AccountWithServers.start("database");
        accounts.set(project, account);
        project.use(account.account.env);
        const aws = { subnetIds: [...SUBNETS], allowedCidrs: ["10.0.0.0/16"], ...account.databaseSettings };
        return { database: { aws }, defaults: { durability: "ephemeral", size: "nano" } } as never;
    },

    moreKeys: { database: [], queue: [], cache: [] },

    async leftovers(project) {
        const account = accounts.get(project) as AccountWithServers;
        const objects = account.account.recorded().objects.map(({ type, id }) => `${type} ${id}`);
        return [...objects, ...(await account.leftovers())];
    },

    async close(project) {
        await accounts.get(project)?.stop();
    },
};
