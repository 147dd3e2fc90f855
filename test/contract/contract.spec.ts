import type { ServiceKind } from "../../index";
import { skipSuite } from "../support/kubernetes";
import { type ContractBackend, contractBackends } from "./backend";
import { cacheContract } from "./cache";
import { databaseContract } from "./database";
import { queueContract } from "./queue";
import { ContractService } from "./service";

type Contract = (name: string, backend: ContractBackend, service: ContractService) => void;

const contracts: Readonly<Record<ServiceKind, Contract>> = { database: databaseContract, queue: queueContract, cache: cacheContract };

for (const { name, backend } of contractBackends()) {
    for (const kind of backend.kinds) {
        const reason = backend.unavailable(kind);
        if (reason !== undefined) {
            it.skip(`contract: ${kind} on ${name}: ${reason}`, () => undefined);
            continue;
        }
        describe(`contract: ${kind} on ${name}`, function () {
            this.timeout(180_000);
            const service = new ContractService(kind);
            before("prepare", async function () {
                this.timeout(45 * 60_000); // builds a cluster the first time
                const later = await backend.prepare?.();
                if (later !== undefined) {
                    skipSuite(this, later);
                }
                service.project.environment(await backend.environment(service.project));
            });
            after(async () => {
                await service.project.remove();
                await backend.close?.(service.project);
            });
            contracts[kind](name, backend, service);
        });
    }
}
